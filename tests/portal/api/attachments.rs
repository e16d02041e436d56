//! Files that go with mail of programs: how they come, how they travel, and what administrators see of them.

use mail_parser::{MessageParser, MimeHeaders as _};
use serde_json::json;

use crate::support::{ALICE, BEN, Page, Program, Request, TestPortal};

const MESSAGES: &str = "/api/v1/messages";
const BOUNDARY: &str = "a-line-between";

/// A part: its headers behind `form-data; `, and what is in it.
type Part<'a> = (&'a str, &'a [u8]);

fn body(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (headers, content) in parts {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {headers}\r\n\r\n").into_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

async fn send(program: &mut Program, key: Option<&str>, parts: &[Part<'_>]) -> Page {
    send_as(program, key, &format!("multipart/form-data; boundary={BOUNDARY}"), body(parts)).await
}

async fn send_as(program: &mut Program, key: Option<&str>, kind: &str, body: Vec<u8>) -> Page {
    let mut request = Request { body: Some((kind.to_owned(), body)), ..Request::post(MESSAGES, Vec::new()) };
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    program.send(request).await
}

async fn message(portal: &TestPortal) -> Vec<u8> {
    let ben = portal.user(&BEN).await.to_string();
    let message = json!({ "subject": "Files", "text": "See below.", "recipients": [{ "userId": ben }] });
    message.to_string().into_bytes()
}

#[tokio::test]
async fn files_arrive_byte_for_byte_and_stand_on_the_deliverys_page() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let message = message(&portal).await;
    let mut program = portal.able_program(&ALICE).await;
    // large enough to need a share of the memory, and with every byte in it
    let large: Vec<u8> = (0..5_000_000_u32).map(|n| u8::try_from((n * 7 + n / 251) % 256).unwrap()).collect();
    let answer = send(
        &mut program,
        None,
        &[
            ("name=\"message\"\r\nContent-Type: application/json", &message),
            ("name=\"attachments\"; filename=\"Umsätze.csv\"\r\nContent-Type: text/csv; charset=utf-8", "a;ü\r\n1;2\n".as_bytes()),
            ("name=\"attachments\"; filename=\"C:\\\\x\\\\data.bin\"\r\nContent-Type: application/octet-stream", &large),
            ("name=\"attachments\"; filename=\"empty.txt\"\r\nContent-Type: text/plain", b""),
            ("name=\"attachments\"; filename=\"a.eml\"\r\nContent-Type: message/rfc822", b"Subject: x\r\n\r\ny"),
        ],
    )
    .await
    .expect(202);
    let id = answer.json()["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(portal.count("outbox_files").await, 4);
    portal.deliver().await;
    let mails = portal.catcher().mails();
    assert_eq!(mails.len(), 1);
    let source = portal.catcher().mailbox().source(mails[0].id).unwrap();
    let mail = MessageParser::default().parse(&source).unwrap();
    assert_eq!(mail.body_text(0).unwrap().trim(), "See below.");
    assert!(mail.body_html(0).unwrap().contains("See below."));
    let files: Vec<(&str, &[u8])> =
        mail.attachments().map(|part| (part.attachment_name().unwrap(), part.contents())).collect();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["Umsätze.csv", "data.bin", "empty.txt", "a.eml"]);
    assert_eq!(files[0].1, "a;ü\r\n1;2\n".as_bytes());
    assert!(files[1].1 == large, "byte for byte");
    assert!(files[2].1.is_empty());

    let path = format!("/administration/deliveries/{id}");
    let page = alice.open(&path).await.expect(200);
    page.assert_says("Umsätze.csv (1 KB)").assert_says("data.bin (5,000 KB)");
    page.assert_says("This is exactly what was sent");
    let page = alice.open(&format!("{path}?view=source")).await.expect(200);
    page.assert_says("Only the beginning is shown here");
    assert!(page.body.len() < 400_000, "{}", page.body.len());
    let download = alice.get(&format!("{path}/source")).await.expect(200);
    let body_of =
        |source: &[u8]| source[source.windows(4).position(|four| four == b"\r\n\r\n").unwrap()..].to_vec();
    assert!(body_of(&download.body) == body_of(&source), "what was sent, without the server's own lines");

    // with the content its files go
    portal.sql("DELETE FROM outbox_messages").await;
    portal.sql("DELETE FROM outbox_contents").await;
    assert_eq!(portal.count("outbox_files").await, 0);
}

#[tokio::test]
async fn a_file_of_20_mib_reaches_the_catcher() {
    let portal = TestPortal::start().await;
    portal.save_provider(&mut portal.signed_in(&ALICE).await).await;
    let message = message(&portal).await;
    let mut program = portal.able_program(&ALICE).await;
    let large = vec![251; 20 * 1024 * 1024];
    let file = ("name=\"attachments\"; filename=\"x.bin\"", large.as_slice());
    send(&mut program, None, &[("name=\"message\"", &message), file]).await.expect(202);
    portal.deliver().await;
    let mails = portal.catcher().mails();
    assert_eq!(mails.len(), 1);
    let source = portal.catcher().mailbox().source(mails[0].id).unwrap();
    let mail = MessageParser::default().parse(&source).unwrap();
    assert!(mail.attachments().next().unwrap().contents() == large);
}

#[tokio::test]
async fn large_mails_of_a_lane_go_one_after_the_other_among_small_ones() {
    let portal = TestPortal::start().await;
    portal.save_provider(&mut portal.signed_in(&ALICE).await).await;
    let message = message(&portal).await;
    let mut program = portal.able_program(&ALICE).await;
    let large = vec![7; 2_000_000];
    for n in 0..12 {
        if n % 2 == 0 {
            let file = ("name=\"attachments\"; filename=\"x.bin\"", large.as_slice());
            send(&mut program, None, &[("name=\"message\"", &message), file]).await.expect(202);
        } else {
            send(&mut program, None, &[("name=\"message\"", &message)]).await.expect(202);
        }
    }
    portal.deliver().await;
    assert_eq!(portal.catcher().mails().len(), 12);
    assert_eq!(portal.count("outbox_messages WHERE state = 'accepted'").await, 12);
}

#[tokio::test]
async fn what_is_wrong_with_parts_is_told() {
    let portal = TestPortal::start().await;
    let message = message(&portal).await;
    let mut program = portal.able_program(&ALICE).await;
    let json: Part<'_> = ("name=\"message\"", &message);
    let file: Part<'_> = ("name=\"attachments\"; filename=\"a.txt\"", b"x");
    let many: Vec<Part<'_>> = std::iter::once(json).chain(std::iter::repeat_n(file, 21)).collect();
    for (parts, place) in [
        (vec![file], "/message"),
        (vec![], "/message"),
        (vec![json, json], "/message"),
        (vec![json, ("name=\"cc\"", b"x")], "/cc"),
        (vec![json, ("name=\"attachments\"", b"x")], "/attachments"),
        (vec![json, ("name=\"attachments\"; filename=\"\"", b"x")], "/attachments"),
        (vec![json, ("name=\"attachments\"; filename=\"..\"", b"x")], "/attachments"),
        (
            vec![json, ("name=\"attachments\"; filename*=UTF-8''a%0D%0ABcc:%20eve@evil.example", b"x")],
            "/attachments",
        ),
        (vec![json, ("name=\"attachments\"; filename=\"a\u{202e}gpj.exe\"", b"x")], "/attachments"),
        (many, "/attachments"),
        (vec![("name=\"message\"", b"{}")], "/subject"),
        (vec![("name=\"message\"", b"{")], ""),
        (vec![("x=y", b"{}")], ""),
    ] {
        let answer = send(&mut program, None, &parts).await.expect(400);
        assert_eq!(answer.told().0, place, "{}", answer.html);
        assert!(!answer.html.contains("evil"), "{}", answer.html);
    }
    for (kind, status) in [
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=another", 400),
        ("multipart/mixed; boundary=a-line-between", 415),
        ("text/plain", 415),
        ("", 415),
    ] {
        let answer = send_as(&mut program, None, kind, body(&[json])).await;
        assert_eq!(answer.status, status, "{kind}: {}", answer.html);
    }
    // cut off in the middle
    let mut cut = body(&[json, file]);
    cut.truncate(cut.len() - 20);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    send_as(&mut program, None, &kind, cut).await.expect(400);
    assert_eq!(portal.count("outbox_messages").await, 0);
}

#[tokio::test]
async fn files_have_25_mib_and_the_message_one() {
    let portal = TestPortal::start().await;
    let message = message(&portal).await;
    let mut program = portal.able_program(&ALICE).await;
    let json: Part<'_> = ("name=\"message\"", &message);
    let half = vec![1; 13 * 1024 * 1024];
    let file: Part<'_> = ("name=\"attachments\"; filename=\"a.bin\"", &half);
    let answer = send(&mut program, None, &[json, file, file]).await.expect(413);
    assert_eq!(answer.code(), "HTTP-413");
    let long = vec![b' '; 1024 * 1024 + 1];
    send(&mut program, None, &[("name=\"message\"", &long)]).await.expect(413);
    assert_eq!(portal.count("outbox_messages").await, 0);
    send(&mut program, None, &[json, file]).await.expect(202);
}

#[tokio::test]
async fn a_repeat_with_files_is_one_whatever_stands_between_them() {
    let portal = TestPortal::start().await;
    let message = message(&portal).await;
    let mut program = portal.able_program(&ALICE).await;
    let json: Part<'_> = ("name=\"message\"", &message);
    let file: Part<'_> = ("name=\"attachments\"; filename=\"a.txt\"", b"one");
    let first = send(&mut program, Some("k"), &[json, file]).await.expect(202);
    let other = String::from_utf8(body(&[json, file])).unwrap().replace(BOUNDARY, "another-line");
    let kind = "multipart/form-data; boundary=another-line";
    let again = send_as(&mut program, Some("k"), kind, other.into_bytes()).await.expect(202);
    assert_eq!((again.body, again.headers.contains_key("idempotency-replayed")), (first.body, true));
    for changed in [
        ("name=\"attachments\"; filename=\"b.txt\"", b"one".as_slice()),
        ("name=\"attachments\"; filename=\"a.txt\"", b"two"),
        ("name=\"attachments\"; filename=\"a.txt\"\r\nContent-Type: text/csv", b"one"),
    ] {
        send(&mut program, Some("k"), &[json, changed]).await.expect(422);
    }
    send(&mut program, Some("k"), &[json]).await.expect(422);
    assert_eq!(portal.count("outbox_messages").await, 1);
    assert_eq!(portal.count("outbox_files").await, 1);
}
