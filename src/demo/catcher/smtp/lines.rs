//! Lines from a client, never longer in memory than asked for.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// How a line ended, and whether it fitted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// It was longer than allowed; what was read of it is not complete.
    pub(super) too_long: bool,
    /// It ended in CR LF, not in a bare LF.
    pub(super) crlf: bool,
}

/// Reads one line without its end into `into`, of which at most `most` bytes are kept; the rest of a
/// longer line is skipped. `None` when the client has gone.
pub(super) async fn read_line(
    reader: &mut (impl AsyncBufRead + Unpin),
    most: usize,
    into: &mut Vec<u8>,
) -> io::Result<Option<Line>> {
    into.clear();
    let mut too_long = false;
    let mut last = 0;
    loop {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            return Ok(None);
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let (piece, used) = match end {
            Some(end) => (available.get(..end).unwrap_or_default(), end + 1),
            None => (available, available.len()),
        };
        // One byte more than asked for, since the CR before the LF does not count.
        let room = (most + 1).saturating_sub(into.len());
        too_long |= piece.len() > room;
        into.extend_from_slice(piece.get(..piece.len().min(room)).unwrap_or_default());
        last = piece.last().copied().unwrap_or(last);
        reader.consume(used);
        if end.is_some() {
            let crlf = last == b'\r';
            if crlf && !too_long {
                into.pop();
            }
            too_long |= into.len() > most;
            return Ok(Some(Line { too_long, crlf }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_bounded_and_know_their_end() {
        let mut input =
            tokio::io::BufReader::with_capacity(3, &b"abcd\r\nabcde\r\n\r\nab\nabcdefgh\nrest"[..]);
        let mut line = Vec::new();
        let mut seen = Vec::new();
        while let Some(Line { too_long, crlf }) = read_line(&mut input, 4, &mut line).await.unwrap() {
            let text = if too_long { "…".into() } else { String::from_utf8(line.clone()).unwrap() };
            seen.push((text, crlf));
        }
        let expected = [("abcd", true), ("…", true), ("", true), ("ab", false), ("…", false)];
        assert_eq!(seen, expected.map(|(text, crlf)| (text.to_owned(), crlf)));
    }
}
