use reqwest::header::HeaderMap;
use scraper::{ElementRef, Html, Selector};

use super::Form;

/// What the portal answered.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// The path it came from, after redirects.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) html: String,
}

pub(super) fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|_| panic!("{css} is no selector"))
}

pub(super) fn words(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Page {
    /// The page itself, if it has that status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered: {}", self.path, self.text());
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Where it sends the browser.
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{} answered: {}", self.path, self.text());
        self.header("location").expect("a Location")
    }

    /// The `Set-Cookie` headers.
    pub(crate) fn set_cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn document(&self) -> Html {
        Html::parse_document(&self.html)
    }

    /// The words of every element that the selector finds.
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        self.document().select(&selector(css)).map(words).collect()
    }

    pub(crate) fn has(&self, css: &str) -> bool {
        self.document().select(&selector(css)).next().is_some()
    }

    pub(crate) fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.document().select(&selector(css)).next()?.attr(name).map(str::to_owned)
    }

    /// The words of the whole page.
    pub(crate) fn text(&self) -> String {
        let text = self.texts("body").join(" ");
        if text.is_empty() { self.html.clone() } else { text }
    }

    #[track_caller]
    pub(crate) fn assert_says(&self, words: &str) -> &Self {
        assert!(self.text().contains(words), "{words:?} is not said in: {}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn assert_says_not(&self, words: &str) -> &Self {
        assert!(!self.text().contains(words), "{words:?} is said in: {}", self.text());
        self
    }

    pub(crate) fn h1(&self) -> String {
        self.texts("h1").join(" ")
    }

    pub(crate) fn language(&self) -> String {
        self.attribute("html", "lang").unwrap_or_default()
    }

    /// The notice of what was just done.
    pub(crate) fn flash(&self) -> Option<String> {
        self.texts("main > .notice-success[role=status]").pop()
    }

    /// The summary of problems: where each link leads, and its words.
    pub(crate) fn problems(&self) -> Vec<(String, String)> {
        self.document()
            .select(&selector("#problems a"))
            .map(|link| (link.attr("href").unwrap_or_default().to_owned(), words(link)))
            .collect()
    }

    /// What the summary says of that field.
    pub(crate) fn problem(&self, field: &str) -> Option<String> {
        let anchor = format!("#{field}");
        self.problems().into_iter().find(|(href, _)| *href == anchor).map(|(_, words)| words)
    }

    /// The fields with a problem, in order.
    pub(crate) fn problem_fields(&self) -> Vec<String> {
        self.problems().into_iter().map(|(href, _)| href.trim_start_matches('#').to_owned()).collect()
    }

    /// The form that posts (or gets) to that path.
    #[track_caller]
    pub(crate) fn form(&self, action: &str) -> Form {
        let forms: Vec<Form> = self.document().select(&selector("form")).map(Form::of).collect();
        let actions: Vec<&str> = forms.iter().map(|form| form.action.as_str()).collect();
        let found = forms.iter().find(|form| form.action == action).cloned();
        found.unwrap_or_else(|| panic!("no form for {action} at {}: {actions:?}. {}", self.path, self.text()))
    }

    pub(crate) fn has_form(&self, action: &str) -> bool {
        self.document().select(&selector("form")).any(|form| form.attr("action") == Some(action))
    }

    /// Every form on the page.
    pub(crate) fn forms(&self) -> Vec<Form> {
        self.document().select(&selector("form")).map(Form::of).collect()
    }
}
