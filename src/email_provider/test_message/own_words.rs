use crate::mail::Compose;

/// Words for a test message in place of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// The subject, in one line.
    pub subject: Option<String>,
    pub body: Option<String>,
}

impl OwnWords {
    pub(super) fn in_place_of(self, ours: Compose) -> Compose {
        let html = self.body.as_deref().map(html);
        Compose {
            subject: self.subject.unwrap_or(ours.subject),
            html: html.unwrap_or(ours.html),
            text: self.body.unwrap_or(ours.text),
            ..ours
        }
    }
}

/// The text as HTML: nothing in it means anything but itself.
fn html(text: &str) -> String {
    let mut html = String::from("<!DOCTYPE html>\n<p style=\"white-space: pre-wrap\">");
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
    html.push_str("</p>\n");
    html
}
