use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A mail server that takes everything and counts it.
pub(crate) struct Server(Arc<Counter>);

#[derive(Default)]
struct Counter {
    count: AtomicUsize,
    more: Notify,
}

impl Server {
    pub(crate) async fn start(listen: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let counter = Arc::new(Counter::default());
        let shared = Arc::clone(&counter);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counter = Arc::clone(&shared);
                tokio::spawn(async move { drop(talk(stream, &counter).await) });
            }
        });
        Ok(Self(counter))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.count.load(Ordering::Relaxed)
    }

    /// Waits until so many messages have come in all.
    pub(crate) async fn reached(&self, count: usize) {
        loop {
            let more = self.0.more.notified();
            if self.count() >= count {
                return;
            }
            more.await;
        }
    }
}

async fn talk(stream: TcpStream, counter: &Counter) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut wire = BufReader::new(stream);
    let mut answers = b"220 bench ESMTP\r\n".to_vec();
    let mut line = Vec::new();
    let mut is_data = false;
    loop {
        // pipelined commands are answered together
        if wire.buffer().is_empty() && !answers.is_empty() {
            wire.write_all(&answers).await?;
            answers.clear();
        }
        line.clear();
        if wire.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match line.get(..4).unwrap_or_default() {
            _ if is_data && line == b".\r\n" => {
                is_data = false;
                counter.count.fetch_add(1, Ordering::Relaxed);
                counter.more.notify_waiters();
                b"250 2.0.0 Ok: queued as 1\r\n"
            }
            _ if is_data => b"",
            b"EHLO" => b"250-bench\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
            b"DATA" => {
                is_data = true;
                b"354 go ahead\r\n"
            }
            b"QUIT" => b"221 bye\r\n",
            _ => b"250 2.0.0 Ok\r\n",
        };
        answers.extend_from_slice(answer);
    }
}
