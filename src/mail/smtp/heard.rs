use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::reply::ReplyLine;

/// So much of what came first is kept: a greeting's first line (RFC 5321, section 4.5.3.1.5).
const HEAD: usize = 512;

/// A connection that keeps the first bytes that came by it: the TLS library says that they were no TLS, and
/// not what they were.
pub(super) struct Heard {
    stream: TcpStream,
    head: Vec<u8>,
}

impl Heard {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, head: Vec::new() }
    }

    /// The line, if it is how a mail server greets.
    pub(super) fn greeting(&self) -> Option<ReplyLine> {
        let line = self.head.split(|byte| *byte == b'\n').next()?;
        let line = ReplyLine::parse(line.strip_suffix(b"\r").unwrap_or(line))?;
        matches!(line.code, 220 | 421 | 554).then_some(line)
    }
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let room = HEAD.saturating_sub(self.head.len());
        if room > 0 {
            let fresh = buffer.filled().get(before..).unwrap_or_default();
            self.head.extend(fresh.iter().take(room));
        }
        polled
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
