use std::fmt::Write as _;
use std::time::Instant;

use super::smtp::shown;

/// At most that many lines are kept, then only counted; each is cut at [`LINE_CHARS`].
const LINES: usize = 120;
const LINE_CHARS: usize = 500;

/// What was said in a conversation, line by line, without secrets and bounded in size.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Transcript {
    lines: Vec<Line>,
    left_out: usize,
}

/// One line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    pub direction: Direction,
    /// Milliseconds after the conversation began.
    pub at_ms: u64,
    /// The words, fit to be shown.
    pub text: String,
}

/// Who said a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Sent,
    Received,
    /// Nobody: something that happened, like an encryption set up.
    Event,
}

impl Direction {
    /// `C:` for the client and `S:` for the server, as in the RFCs; `*` for an event.
    pub fn sign(self) -> &'static str {
        match self {
            Direction::Sent => "C:",
            Direction::Received => "S:",
            Direction::Event => "*",
        }
    }
}

impl Transcript {
    /// The lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How many lines were said beyond those kept.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The whole as text, a line each.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            let Line { direction, at_ms, text: words } = line;
            let _ = writeln!(text, "{at_ms:>6} ms {} {words}", direction.sign());
        }
        if self.left_out > 0 {
            let _ = writeln!(text, "({} more)", self.left_out);
        }
        text
    }
}

/// Writes a transcript while the conversation goes on.
#[derive(Debug)]
pub(super) struct Recorder {
    began: Instant,
    /// A bulk engine keeps none: nobody reads ten thousand of them.
    keeps: bool,
    transcript: Transcript,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), keeps: true, transcript: Transcript::default() }
    }

    pub(super) fn keep(&mut self, keeps: bool) {
        self.keeps = keeps;
    }

    /// Adds a line, which must not hold a secret. Lines of the conversation are traced as well.
    pub(super) fn add(&mut self, direction: Direction, words: &str) {
        tracing::trace!(target: "posthorn::mail", "{} {}", direction.sign(), words.escape_debug());
        if !self.keeps {
            return;
        }
        if self.transcript.lines.len() >= LINES {
            self.transcript.left_out += 1;
            return;
        }
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.transcript.lines.push(Line { direction, at_ms, text: shown(words, LINE_CHARS) });
    }

    pub(super) fn take(&mut self) -> Transcript {
        std::mem::take(&mut self.transcript)
    }

    /// What was taken belongs to what comes next.
    pub(super) fn put_back(&mut self, transcript: Transcript) {
        self.transcript = transcript;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_is_bounded_and_fit_to_be_shown() {
        let mut recorder = Recorder::new();
        recorder.add(Direction::Received, "220 \u{1b}[31mred\u{202e}\r\n");
        for _ in 0..500 {
            recorder.add(Direction::Sent, &"x".repeat(5000));
        }
        let transcript = recorder.take();
        assert_eq!(transcript.lines()[0].text, "220 [31mred");
        assert_eq!(transcript.lines().len() + transcript.left_out(), 501);
        assert!(transcript.to_text().len() < 100_000);
        assert!(transcript.to_text().contains(" S: 220"));
    }
}
