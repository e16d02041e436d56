//! A mail server for any number of connections, which does as it is told at every step.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Where a conversation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Connected,
    SignIn,
    Mail,
    Rcpt(String),
    /// The first line of the contents is there.
    Contents,
    /// The final dot is there; with the Message-ID.
    Dot(String),
}

/// What the server does then.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// What a good server does.
    Well,
    Says(&'static str),
    Cuts,
    Hangs,
    /// Well, after that time.
    Slowly(Duration),
}

/// A message that arrived in full. Also one whose answer was then not given: the server has it.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) message_id: String,
    pub(crate) to: String,
    pub(crate) contents: String,
}

type Part = Arc<Mutex<dyn FnMut(&Moment) -> Does + Send>>;

pub(crate) struct Sink {
    pub(crate) port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    moments: Arc<Mutex<Vec<Moment>>>,
    part: Arc<Mutex<Part>>,
    server: JoinHandle<()>,
}

impl Sink {
    /// A server that takes everything.
    pub(crate) async fn start() -> Self {
        Self::playing(|_| Does::Well).await
    }

    pub(crate) async fn playing(part: impl FnMut(&Moment) -> Does + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let part: Part = Arc::new(Mutex::new(part));
        let part = Arc::new(Mutex::new(part));
        let (mails, moments) = (Arc::default(), Arc::default());
        let guest =
            Guest { mails: Arc::clone(&mails), moments: Arc::clone(&moments), part: Arc::clone(&part) };
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                tokio::spawn(guest.clone().talk(stream));
            }
        });
        Self { port, mails, moments, part, server }
    }

    /// From now on the server plays another part.
    pub(crate) fn play(&self, part: impl FnMut(&Moment) -> Does + Send + 'static) {
        *self.part.lock().unwrap() = Arc::new(Mutex::new(part));
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    pub(crate) fn message_ids(&self) -> Vec<String> {
        self.mails.lock().unwrap().iter().map(|mail| mail.message_id.clone()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.mails.lock().unwrap().len()
    }

    /// How often it came to such a moment.
    pub(crate) fn count(&self, is_it: impl Fn(&Moment) -> bool) -> usize {
        self.moments.lock().unwrap().iter().filter(|moment| is_it(moment)).count()
    }

    pub(crate) fn connections(&self) -> usize {
        self.count(|moment| *moment == Moment::Connected)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Clone)]
struct Guest {
    mails: Arc<Mutex<Vec<Mail>>>,
    moments: Arc<Mutex<Vec<Moment>>>,
    part: Arc<Mutex<Part>>,
}

/// The conversation is over.
struct Over;

struct Wire(BufReader<TcpStream>);

impl Wire {
    async fn say(&mut self, words: &str) -> Result<(), Over> {
        self.0.write_all(format!("{words}\r\n").as_bytes()).await.map_err(|_| Over)
    }

    async fn line(&mut self) -> Result<String, Over> {
        let mut line = String::new();
        match self.0.read_line(&mut line).await {
            Ok(count) if count > 0 => Ok(line),
            _ => Err(Over),
        }
    }
}

impl Guest {
    async fn talk(self, stream: TcpStream) {
        let mut wire = Wire(BufReader::new(stream));
        drop(self.converse(&mut wire).await);
    }

    /// Does what the part says, and says `well` if that is all is well. Whether it did well.
    async fn at(&self, wire: &mut Wire, moment: Moment, well: &str) -> Result<bool, Over> {
        self.moments.lock().unwrap().push(moment.clone());
        let part = Arc::clone(&self.part.lock().unwrap());
        let does = (part.lock().unwrap())(&moment);
        match does {
            Does::Well if well.is_empty() => Ok(true),
            Does::Well => wire.say(well).await.map(|()| true),
            Does::Slowly(time) => {
                tokio::time::sleep(time).await;
                wire.say(well).await.map(|()| true)
            }
            Does::Says(words) => wire.say(words).await.map(|()| false),
            Does::Cuts => Err(Over),
            Does::Hangs => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                Err(Over)
            }
        }
    }

    async fn converse(&self, wire: &mut Wire) -> Result<(), Over> {
        if !self.at(wire, Moment::Connected, "220 sink.test ESMTP").await? {
            return Err(Over);
        }
        let (mut has_sender, mut to) = (false, None);
        loop {
            let line = wire.line().await?;
            let upper = line.trim_end().to_ascii_uppercase();
            if upper.starts_with("EHLO") {
                wire.say("250-sink.test\r\n250-PIPELINING\r\n250-AUTH PLAIN\r\n250 8BITMIME").await?;
            } else if upper.starts_with("AUTH") {
                self.at(wire, Moment::SignIn, "235 2.7.0 welcome").await?;
            } else if upper.starts_with("MAIL") {
                has_sender = self.at(wire, Moment::Mail, "250 2.1.0 Ok").await?;
            } else if upper.starts_with("RCPT") && !has_sender {
                wire.say("503 5.5.1 MAIL first").await?;
            } else if upper.starts_with("RCPT") {
                let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                if self.at(wire, Moment::Rcpt(address.clone()), "250 2.1.5 Ok").await? {
                    to = Some(address);
                }
            } else if upper == "DATA" {
                let Some(to) = to.take() else {
                    wire.say("554 5.5.1 no valid recipients").await?;
                    continue;
                };
                wire.say("354 go ahead").await?;
                self.contents(wire, to).await?;
            } else if upper == "RSET" {
                to = None;
                wire.say("250 2.0.0 Ok").await?;
            } else if upper == "QUIT" {
                wire.say("221 bye").await?;
                return Ok(());
            } else {
                wire.say("500 what?").await?;
            }
        }
    }

    async fn contents(&self, wire: &mut Wire, to: String) -> Result<(), Over> {
        let mut contents = String::new();
        let mut message_id = String::new();
        loop {
            let line = wire.line().await?;
            if contents.is_empty() {
                self.at(wire, Moment::Contents, "").await?;
            }
            if line == ".\r\n" {
                break;
            }
            if let Some(id) = line.strip_prefix("Message-ID: ") {
                message_id = id.trim().to_owned();
            }
            contents.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
        let moment = Moment::Dot(message_id.clone());
        let mail = Mail { message_id: message_id.clone(), to, contents };
        self.mails.lock().unwrap().push(mail);
        let well = format!("250 2.0.0 Ok: queued as {}", message_id.len());
        if !self.at(wire, moment, &well).await? {
            let mut mails = self.mails.lock().unwrap();
            let last = mails.iter().rposition(|mail| mail.message_id == message_id).unwrap();
            mails.remove(last);
        }
        Ok(())
    }
}
