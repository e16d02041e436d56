//! A wire with a delay: copies what clients send to a server at once, and what the server answers only so
//! many milliseconds later. Answers wait side by side, as on a long line: what was sent together comes
//! together. `bench/outbox` measures with it what pipelining gives.
//!
//! `bench-delay LISTEN SERVER MILLISECONDS`

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

type Fault = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("expected LISTEN SERVER MILLISECONDS");
    let (listen, server) = (next()?, next()?);
    let delay = Duration::from_millis(next()?.parse()?);
    let listener = TcpListener::bind(listen).await?;
    loop {
        let (client, _) = listener.accept().await?;
        let server = server.clone();
        tokio::spawn(async move {
            // the server's refusal is seen by the client as a connection that ends
            if let Ok(upstream) = TcpStream::connect(server).await {
                join(client, upstream, delay);
            }
        });
    }
}

fn join(client: TcpStream, upstream: TcpStream, delay: Duration) {
    if client.set_nodelay(true).is_err() || upstream.set_nodelay(true).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = upstream.into_split();
    tokio::spawn(copy(from_client, to_server));
    let (answers, waiting) = mpsc::unbounded_channel();
    tokio::spawn(hear(from_server, answers, delay));
    tokio::spawn(say_later(waiting, to_client));
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if to.write_all(buffer.get(..count).unwrap_or_default()).await.is_err() {
            return;
        }
    }
}

async fn hear(mut from: OwnedReadHalf, answers: mpsc::UnboundedSender<(Instant, Vec<u8>)>, delay: Duration) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let answer = buffer.get(..count).unwrap_or_default().to_vec();
        if answers.send((Instant::now() + delay, answer)).is_err() {
            return;
        }
    }
}

async fn say_later(mut waiting: mpsc::UnboundedReceiver<(Instant, Vec<u8>)>, mut to: OwnedWriteHalf) {
    while let Some((when, answer)) = waiting.recv().await {
        sleep_until(when).await;
        if to.write_all(&answer).await.is_err() {
            return;
        }
    }
}
