use scraper::ElementRef;

use super::page::{selector, words};

/// A form as it stands on a page, to be filled in as a person would.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) method: String,
    pub(crate) action: String,
    controls: Vec<Control>,
}

#[derive(Clone, Debug)]
struct Control {
    name: String,
    kind: Kind,
    value: String,
    /// Whether it is sent.
    on: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Hidden,
    Text,
    Area,
    Checkbox,
    Radio,
    Select(Vec<String>),
}

impl Form {
    pub(super) fn of(form: ElementRef<'_>) -> Self {
        assert!(form.select(&selector("button[type=submit]")).next().is_some(), "a form that cannot be sent");
        let attribute = |name| form.attr(name).unwrap_or_default().to_owned();
        Self {
            method: attribute("method").to_lowercase(),
            action: attribute("action"),
            controls: form
                .select(&selector("input[name], select[name], textarea[name]"))
                .map(control)
                .collect(),
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.controls.iter().map(|control| control.name.clone()).collect();
        names.dedup();
        names
    }

    /// The value that would be sent for that field.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.controls.iter().find(|control| control.name == name && control.on).map(|c| c.value.as_str())
    }

    #[track_caller]
    fn control(&mut self, name: &str, fits: impl Fn(&Kind) -> bool) -> &mut Control {
        let names = self.names();
        let found = self.controls.iter_mut().find(|control| control.name == name && fits(&control.kind));
        found.unwrap_or_else(|| panic!("no such field: {name}; there are {names:?}"))
    }

    /// Types into a text field. Like a browser, it cannot type a line break, but in an area.
    #[track_caller]
    pub(crate) fn fill(mut self, name: &str, value: &str) -> Self {
        let control = self.control(name, |kind| matches!(kind, Kind::Text | Kind::Area));
        let is_possible = control.kind == Kind::Area || !value.contains(['\r', '\n']);
        assert!(is_possible, "a browser would not send this: use `forge`");
        value.clone_into(&mut control.value);
        self
    }

    #[track_caller]
    pub(crate) fn tick(mut self, name: &str, on: bool) -> Self {
        self.control(name, |kind| *kind == Kind::Checkbox).on = on;
        self
    }

    /// Chooses among radio buttons or the options of a list.
    #[track_caller]
    pub(crate) fn choose(mut self, name: &str, value: &str) -> Self {
        let is_choice = |kind: &Kind| matches!(kind, Kind::Radio | Kind::Select(_));
        let mut found = false;
        for control in self.controls.iter_mut().filter(|c| c.name == name && is_choice(&c.kind)) {
            match &control.kind {
                Kind::Select(options) if options.iter().any(|option| option == value) => {
                    value.clone_into(&mut control.value);
                    found = true;
                }
                Kind::Radio => {
                    control.on = control.value == value;
                    found |= control.on;
                }
                _ => {}
            }
        }
        assert!(found, "{name} offers no {value}");
        self
    }

    /// Sends something for a field that no browser would send from this page.
    pub(crate) fn forge(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        let (name, value) = (name.to_owned(), value.to_owned());
        self.controls.push(Control { name, kind: Kind::Hidden, value, on: true });
        self
    }

    /// Leaves a field out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.controls.retain(|control| control.name != name);
        self
    }

    /// What would be sent.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let sent = self.controls.iter().filter(|control| control.on);
        sent.map(|control| (control.name.as_str(), control.value.as_str())).collect()
    }

    pub(crate) fn body(&self) -> String {
        serde_urlencoded::to_string(self.pairs()).unwrap()
    }
}

fn control(element: ElementRef<'_>) -> Control {
    let attribute = |name: &str| element.attr(name).unwrap_or_default().to_owned();
    let name = attribute("name");
    if element.value().name() == "select" {
        let option = selector("option");
        let options: Vec<(String, bool)> = element
            .select(&option)
            .map(|option| {
                let value = option.attr("value").map_or_else(|| words(option), str::to_owned);
                (value, option.attr("selected").is_some())
            })
            .collect();
        let chosen = options.iter().find(|(_, selected)| *selected).or(options.first());
        let value = chosen.map(|(value, _)| value.clone()).unwrap_or_default();
        let options = options.into_iter().map(|(value, _)| value).collect();
        return Control { name, kind: Kind::Select(options), value, on: true };
    }
    if element.value().name() == "textarea" {
        return Control { name, kind: Kind::Area, value: element.text().collect(), on: true };
    }
    let checked = element.attr("checked").is_some();
    let (kind, on) = match element.attr("type").unwrap_or("text") {
        "hidden" => (Kind::Hidden, true),
        "checkbox" => (Kind::Checkbox, checked),
        "radio" => (Kind::Radio, checked),
        _ => (Kind::Text, true),
    };
    Control { name, kind, value: attribute("value"), on }
}
