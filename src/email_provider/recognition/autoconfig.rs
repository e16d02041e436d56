use roxmltree::{Document, Node, ParsingOptions};

use crate::email_provider::settings::SignIn;
use crate::mail::Security;
use crate::values::{EmailAddress, Host};

/// No document in order has more elements and texts.
const NODES: u32 = 2_000;
const MAX_USERNAME: usize = 256;

/// An outgoing server as a domain describes it in `config-v1.1.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autoconfig {
    /// The server's name or address.
    pub host: Host,
    pub port: u16,
    /// How the connection is protected: never not at all.
    pub security: Security,
    /// As whom to sign in.
    pub sign_in: SignIn,
}

impl Autoconfig {
    /// The first outgoing server with an encrypted connection. What the document says is a stranger's word:
    /// it is parsed as what a person types is, and shown before anything is saved.
    pub(super) fn parse(document: &[u8], sender: &EmailAddress) -> Option<Self> {
        let text = std::str::from_utf8(document).ok()?;
        // no DTD: no entities that grow, nothing from elsewhere
        let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options).ok()?;
        document
            .descendants()
            .filter(|node| node.has_tag_name("outgoingServer") && node.attribute("type") == Some("smtp"))
            .find_map(|server| outgoing(server, sender))
    }
}

fn outgoing(server: Node<'_, '_>, sender: &EmailAddress) -> Option<Autoconfig> {
    let said = |name: &str| {
        let child = server.children().find(|child| child.has_tag_name(name))?;
        Some(filled_in(child.text()?.trim(), sender))
    };
    let security = match said("socketType")?.as_str() {
        "SSL" => Security::Tls,
        "STARTTLS" => Security::StartTls,
        _ => return None,
    };
    let host = Host::parse(&said("hostname")?).ok()?;
    let port = said("port")?.parse().ok().filter(|port| *port != 0)?;
    let sign_in = match said("username") {
        None => SignIn::Nobody,
        Some(name) if name == sender.to_string() => SignIn::Sender,
        Some(name) if name.chars().count() <= MAX_USERNAME && !name.chars().any(char::is_control) => {
            SignIn::User(name)
        }
        Some(_) => return None,
    };
    Some(Autoconfig { host, port, security, sign_in })
}

fn filled_in(text: &str, sender: &EmailAddress) -> String {
    text.replace("%EMAILADDRESS%", &sender.to_string())
        .replace("%EMAILLOCALPART%", sender.local())
        .replace("%EMAILDOMAIN%", sender.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(document: &str) -> Option<Autoconfig> {
        Autoconfig::parse(document.as_bytes(), &EmailAddress::parse("anna@acme.example").unwrap())
    }

    fn server(kind: &str, inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<clientConfig version=\"1.1\"><emailProvider id=\"acme.example\">\
             <domain>acme.example</domain><incomingServer type=\"imap\"><hostname>imap.acme.example</hostname>\
             <port>993</port><socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>\
             <outgoingServer type=\"{kind}\">{inside}</outgoingServer></emailProvider></clientConfig>"
        )
    }

    const STARTTLS: &str = "<hostname>smtp.%EMAILDOMAIN%</hostname><port> 587 </port>\
                            <socketType>STARTTLS</socketType>";

    #[test]
    fn an_ordinary_document_is_understood() {
        for (username, sign_in) in [
            ("<username>%EMAILADDRESS%</username>", SignIn::Sender),
            ("<username>%EMAILLOCALPART%</username>", SignIn::User("anna".to_owned())),
            ("", SignIn::Nobody),
        ] {
            let found = parse(&server("smtp", &format!("{STARTTLS}{username}"))).unwrap();
            let host = Host::Name("smtp.acme.example".to_owned());
            assert_eq!(found, Autoconfig { host, port: 587, security: Security::StartTls, sign_in });
        }
    }

    #[test]
    fn the_first_server_with_encryption_counts() {
        let plain = "<hostname>a.example</hostname><port>25</port><socketType>plain</socketType>\
                     </outgoingServer><outgoingServer type=\"smtp\"><hostname>b.example</hostname>\
                     <port>465</port><socketType>SSL</socketType>";
        let found = parse(&server("smtp", plain)).unwrap();
        assert_eq!((found.host.to_string().as_str(), found.security), ("b.example", Security::Tls));
    }

    #[test]
    fn what_is_not_in_order_is_nothing() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
        let long = "x".repeat(300);
        for document in [
            String::new(),
            "<html><body>Not found</body></html>".to_owned(),
            server("exchange", STARTTLS),
            server("smtp", "<hostname>a.example</hostname><port>0</port><socketType>SSL</socketType>"),
            server("smtp", "<hostname>a.example</hostname><port>70000</port><socketType>SSL</socketType>"),
            server("smtp", "<hostname>a b</hostname><port>465</port><socketType>SSL</socketType>"),
            server("smtp", "<hostname>a.example</hostname><port>25</port><socketType>plain</socketType>"),
            server("smtp", &format!("{STARTTLS}<username>{long}</username>")),
            server("smtp", &format!("{STARTTLS}<username>a&#10;b</username>")),
            format!("{bomb}<clientConfig>&b;</clientConfig>"),
            format!("<clientConfig>{}</clientConfig>", "<a/>".repeat(3_000)),
            "<clientConfig><outgoingServer type=\"smtp\">".to_owned(),
        ] {
            assert_eq!(parse(&document), None, "{document:.200}");
        }
        assert_eq!(
            Autoconfig::parse(b"\xff\xfe<a/>", &EmailAddress::parse("anna@acme.example").unwrap()),
            None
        );
    }
}
