//! Field case 2.3: servers that offer PIPELINING and cannot bear what stands behind a final dot.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use posthorn::mail::{Mailer, Security, SendOutcome};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::support::{SEND, message, network, smtp_server};

/// What the server does with the bytes that are there when it has read the dot.
#[derive(Clone, Copy, Debug)]
enum Behind {
    ThrownAway,
    Refused(&'static str),
    /// Understood, as the RFC has it.
    Heard,
}

#[derive(Default)]
struct Heard {
    taken: Vec<String>,
    connections: usize,
}

async fn serve(stream: TcpStream, behind: Behind, heard: Arc<Mutex<Heard>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 strict.test ESMTP\r\n").await.ok()?;
    let (mut recipient, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let answer = match line.get(..4)? {
            "EHLO" => "250-strict.test\r\n250 PIPELINING",
            "RCPT" => {
                recipient = line.trim_end().to_owned();
                "250 ok"
            }
            "DATA" => {
                stream.write_all(b"354 go\r\n").await.ok()?;
                while line != ".\r\n" {
                    line.clear();
                    stream.read_line(&mut line).await.ok()?;
                }
                heard.lock().unwrap().taken.push(std::mem::take(&mut recipient));
                // all of it is there, since it came in one write with the dot
                let waiting = String::from_utf8_lossy(stream.buffer()).lines().count();
                match behind {
                    Behind::Heard => {}
                    Behind::ThrownAway => {
                        let length = stream.buffer().len();
                        stream.read_exact(&mut vec![0; length]).await.ok()?;
                    }
                    Behind::Refused(reply) => {
                        let length = stream.buffer().len();
                        stream.read_exact(&mut vec![0; length]).await.ok()?;
                        stream.write_all(b"250 queued\r\n").await.ok()?;
                        stream.write_all(format!("{reply}\r\n").repeat(waiting).as_bytes()).await.ok()?;
                        continue;
                    }
                }
                "250 queued"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

#[tokio::test]
async fn a_server_that_loses_what_stands_behind_the_dot_gets_nothing_there_any_more() {
    for behind in [
        Behind::ThrownAway,
        Behind::Refused("502 5.5.2 Error: command not recognized"),
        Behind::Refused("500 what"),
        Behind::Refused("503 bad sequence of commands"),
        Behind::Refused("501 5.5.4 syntax"),
        Behind::Heard,
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let for_server = Arc::clone(&heard);
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                for_server.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, behind, Arc::clone(&for_server)));
            }
        });
        let patience = Duration::from_secs(2);
        let server_settings = smtp_server("127.0.0.1", port, Security::None, None);
        let mut connection = Mailer::smtp(server_settings, network(patience, None)).connect();
        let messages: Vec<_> =
            (0..20).map(|n| message("a@acme.example", &format!("b{n}@acme.example"))).collect();
        let began = Instant::now();
        for (n, one) in messages.iter().enumerate() {
            let outcome = connection
                .send(one, messages.get(n + 1), SEND, std::future::ready(true), std::future::pending())
                .await;
            assert!(matches!(outcome, SendOutcome::Accepted(_)), "{behind:?}: {n}: {outcome:?}");
        }
        connection.close().await;
        server.abort();
        let heard = heard.lock().unwrap();
        let expected: Vec<_> = (0..20).map(|n| format!("RCPT TO:<b{n}@acme.example>")).collect();
        assert_eq!(heard.taken, expected, "{behind:?}");
        let connections = if matches!(behind, Behind::Heard) { 1 } else { 2 };
        assert_eq!(heard.connections, connections, "{behind:?}");
        // the first trouble may cost one deadline
        assert!(began.elapsed() < patience * 3, "{behind:?}: {:?}", began.elapsed());
    }
}
