use std::io;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use zeroize::Zeroize as _;

use super::Reply;
use super::heard::Heard;
use super::reply::ReplyLine;

/// Bounds of one reply. RFC 5321, section 4.5.3.1.5, has 512 octets a line; some servers tell tales.
const REPLY_BYTES: usize = 64 * 1024;
const REPLY_LINES: usize = 100;
const CHUNK: usize = 8 * 1024;

/// A connection that moves bytes by a deadline and cuts what comes into replies.
pub(super) struct Wire {
    stream: Stream,
    /// What was read and not yet taken, from `taken` on.
    input: Vec<u8>,
    taken: usize,
    output: Vec<u8>,
    /// When a byte came last.
    last_heard: Option<Instant>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<Heard>>),
}

/// Why the wire failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireProblem {
    Timeout,
    Lost,
    ReplyTooLong,
    ReplyMalformed,
}

/// Why a handshake failed.
pub(super) enum HandshakeProblem {
    Timeout,
    Failed(io::Error),
    /// What came in its place is how a mail server greets.
    Greeted(Reply, io::Error),
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream: Stream::Plain(stream),
            input: Vec::new(),
            taken: 0,
            output: Vec::new(),
            last_heard: None,
        }
    }

    /// Encrypts the connection. Nothing of what was said in clear is taken along: the caller has seen
    /// to it that nothing is left unread, and the new wire begins empty.
    pub(super) async fn encrypt(
        self,
        connector: &TlsConnector,
        name: ServerName<'static>,
        until: Instant,
    ) -> Result<Self, HandshakeProblem> {
        let Stream::Plain(stream) = self.stream else {
            return Err(HandshakeProblem::Failed(io::Error::other("encrypted twice")));
        };
        let shaking_hands = connector.connect(name, Heard::new(stream)).into_fallible();
        let shaken = timeout_at(until, shaking_hands).await.map_err(|_| HandshakeProblem::Timeout)?;
        let stream = shaken.map_err(|(error, heard)| match heard.greeting() {
            Some(line) => HandshakeProblem::Greeted(Reply::new(line.code, vec![line.text]), error),
            None => HandshakeProblem::Failed(error),
        })?;
        let stream = Stream::Tls(Box::new(stream));
        Ok(Self { stream, input: Vec::new(), taken: 0, output: self.output, last_heard: None })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// The version and cipher in use, for the transcript.
    pub(super) fn encryption(&self) -> Option<String> {
        let Stream::Tls(stream) = &self.stream else { return None };
        let (_, session) = stream.get_ref();
        let version = session.protocol_version().and_then(|v| v.as_str()).unwrap_or("TLS");
        let cipher = session.negotiated_cipher_suite().and_then(|c| c.suite().as_str()).unwrap_or("?");
        Some(format!("{version}, {cipher}"))
    }

    /// Adds bytes to those of the next [`Wire::flush`].
    pub(super) fn queue(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    /// Adds a message's contents with dots doubled (RFC 5321, section 4.5.2) and the final dot.
    pub(super) fn queue_contents(&mut self, contents: &[u8]) {
        self.output.reserve(contents.len() + 256);
        for line in contents.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                self.output.push(b'.');
            }
            self.output.extend_from_slice(line);
        }
        if !contents.is_empty() && !contents.ends_with(b"\r\n") {
            self.output.extend_from_slice(b"\r\n");
        }
        self.output.extend_from_slice(b".\r\n");
    }

    /// Writes everything that was queued, in one write if the system takes it.
    pub(super) async fn flush(&mut self, until: Instant) -> Result<(), WireProblem> {
        let output = std::mem::take(&mut self.output);
        let written = match &mut self.stream {
            Stream::Plain(stream) => write(stream, &output, until).await,
            Stream::Tls(stream) => write(stream, &output, until).await,
        };
        self.output = output;
        self.output.clear();
        self.output.shrink_to(64 * 1024);
        written
    }

    /// Wipes the memory in which a secret waited to be written.
    pub(super) fn wipe(&mut self) {
        self.output.zeroize();
    }

    /// Whether bytes were read that nobody has taken.
    pub(super) fn has_unread(&self) -> bool {
        self.taken < self.input.len()
    }

    /// Whether any byte has come at all.
    pub(super) fn has_heard(&self) -> bool {
        self.last_heard.is_some()
    }

    /// Whether a byte has come within that time.
    pub(super) fn has_heard_within(&self, time: Duration) -> bool {
        self.last_heard.is_some_and(|at| at.elapsed() < time)
    }

    /// The next reply (RFC 5321, section 4.2.1). Every line of it must have the same code.
    pub(super) async fn reply(&mut self, until: Instant) -> Result<Reply, WireProblem> {
        let mut bytes = 0;
        let mut code = None;
        let mut lines = Vec::new();
        loop {
            let line = self.line(REPLY_BYTES - bytes, until).await?;
            bytes = REPLY_BYTES.min(bytes + line.len() + 1);
            let line = ReplyLine::parse(&line).ok_or(WireProblem::ReplyMalformed)?;
            if *code.get_or_insert(line.code) != line.code {
                return Err(WireProblem::ReplyMalformed);
            }
            lines.push(line.text);
            if line.is_last {
                return Ok(Reply::new(line.code, lines));
            }
            if lines.len() >= REPLY_LINES {
                return Err(WireProblem::ReplyTooLong);
            }
        }
    }

    /// One line without its end.
    async fn line(&mut self, limit: usize, until: Instant) -> Result<Vec<u8>, WireProblem> {
        let mut searched = 0;
        loop {
            let unread = self.input.get(self.taken..).unwrap_or_default();
            let fresh = unread.get(searched..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n').map(|end| searched + end) {
                if end > limit {
                    return Err(WireProblem::ReplyTooLong);
                }
                let line = unread.get(..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.taken += end + 1;
                if !self.has_unread() {
                    self.input.clear();
                    self.taken = 0;
                }
                return Ok(line);
            }
            searched = unread.len();
            if searched > limit {
                return Err(WireProblem::ReplyTooLong);
            }
            self.fill(until).await?;
        }
    }

    async fn fill(&mut self, until: Instant) -> Result<(), WireProblem> {
        if self.taken > 0 {
            self.input.drain(..self.taken);
            self.taken = 0;
        }
        self.input.reserve(CHUNK);
        let count = match &mut self.stream {
            Stream::Plain(stream) => read(stream, &mut self.input, until).await?,
            Stream::Tls(stream) => read(stream, &mut self.input, until).await?,
        };
        if count > 0 {
            self.last_heard = Some(Instant::now());
        }
        if count == 0 { Err(WireProblem::Lost) } else { Ok(()) }
    }

    /// Closes the connection in order.
    pub(super) async fn close(mut self, until: Instant) {
        // whatever comes of it, the connection is gone afterwards
        let _ = match &mut self.stream {
            Stream::Plain(stream) => timeout_at(until, stream.shutdown()).await,
            Stream::Tls(stream) => timeout_at(until, stream.shutdown()).await,
        };
    }
}

async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    until: Instant,
) -> Result<(), WireProblem> {
    timeout_at(until, async {
        stream.write_all(bytes).await?;
        stream.flush().await
    })
    .await
    .map_err(|_| WireProblem::Timeout)?
    .map_err(|_| WireProblem::Lost)
}

async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    into: &mut Vec<u8>,
    until: Instant,
) -> Result<usize, WireProblem> {
    timeout_at(until, stream.read_buf(into))
        .await
        .map_err(|_| WireProblem::Timeout)?
        .map_err(|_| WireProblem::Lost)
}
