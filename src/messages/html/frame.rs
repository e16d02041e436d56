//! Direction, language and colours of the whole mail: they stand on `<html>` and `<body>`, which a part of a document
//! does not have, and stay on a `<div>` around it.

use std::cell::RefCell;
use std::fmt::Write as _;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, StartTag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Bytes of the beginning of a document in which its `<body>` is looked for.
const MAX_HEAD: usize = 128 * 1024;

/// The start tag of a `<div>` that says the same as `<html>` and `<body>` do. `None` if they say nothing.
pub(super) fn of(html: &str) -> Option<String> {
    let head = html.get(..html.floor_char_boundary(MAX_HEAD)).unwrap_or(html);
    // most mail is a part of a document, and need not be read twice
    let lower = head.to_ascii_lowercase();
    if !lower.contains("<html") && !lower.contains("<body") {
        return None;
    }
    let sink = Sink::default();
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(head));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let said = tokenizer.sink.said.into_inner();
    if said.dir.is_none() && said.lang.is_none() && said.styles.is_empty() {
        return None;
    }
    let mut tag = String::from("<div");
    let style = said.styles.join(";");
    for (name, value) in
        [("dir", said.dir), ("lang", said.lang), ("style", Some(style).filter(|s| !s.is_empty()))]
    {
        if let Some(value) = value {
            let value = value.replace('&', "&amp;").replace('"', "&quot;");
            let _ = write!(tag, " {name}=\"{value}\"");
        }
    }
    tag.push('>');
    Some(tag)
}

#[derive(Default)]
struct Said {
    dir: Option<String>,
    lang: Option<String>,
    styles: Vec<String>,
    is_over: bool,
}

#[derive(Default)]
struct Sink {
    said: RefCell<Said>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let Token::TagToken(tag) = token else { return TokenSinkResult::Continue };
        let mut said = self.said.borrow_mut();
        if said.is_over || tag.kind != StartTag || !matches!(&*tag.name, "html" | "body") {
            return TokenSinkResult::Continue;
        }
        said.is_over = &*tag.name == "body";
        for attribute in &tag.attrs {
            let value = attribute.value.to_string();
            match &*attribute.name.local {
                "dir" => said.dir = Some(value),
                "lang" => said.lang = Some(value),
                "bgcolor" => said.styles.insert(0, format!("background-color:{value}")),
                "text" => said.styles.insert(0, format!("color:{value}")),
                "style" => said.styles.push(value),
                _ => {}
            }
        }
        TokenSinkResult::Continue
    }
}
