//! SMTP commands (RFC 5321, section 4.1).

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Ehlo,
    Helo,
    StartTls,
    Auth { mechanism: String, initial: Option<String> },
    Mail { from: String, parameters: Vec<String> },
    Rcpt { to: String, parameters: Vec<String> },
    Data,
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
}

/// What is wrong with a line that should be a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Unknown,
    /// The command exists; its arguments are none.
    Arguments(&'static str),
}

impl Command {
    pub(super) fn parse(line: &str) -> Result<Self, Fault> {
        let line = line.trim_end_matches([' ', '\t']);
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_start_matches(' ');
        let alone = |command: Command| match rest {
            "" => Ok(command),
            _ => Err(Fault::Arguments("this command takes no arguments")),
        };
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" if !rest.is_empty() => Ok(Command::Ehlo),
            "HELO" if !rest.is_empty() => Ok(Command::Helo),
            "EHLO" | "HELO" => Err(Fault::Arguments("say your name: EHLO hostname")),
            "STARTTLS" => alone(Command::StartTls),
            "AUTH" => {
                let mut words = rest.split_ascii_whitespace();
                match (words.next(), words.next(), words.next()) {
                    (Some(mechanism), initial, None) => Ok(Command::Auth {
                        mechanism: mechanism.to_ascii_uppercase(),
                        initial: initial.map(str::to_owned),
                    }),
                    _ => Err(Fault::Arguments("AUTH mechanism [initial response]")),
                }
            }
            "MAIL" => {
                let (from, parameters) =
                    path(rest, "FROM:").ok_or(Fault::Arguments("MAIL FROM:<address>"))?;
                Ok(Command::Mail { from, parameters })
            }
            "RCPT" => match path(rest, "TO:") {
                Some((to, parameters)) if !to.is_empty() => Ok(Command::Rcpt { to, parameters }),
                _ => Err(Fault::Arguments("RCPT TO:<address>")),
            },
            "DATA" => alone(Command::Data),
            "RSET" => alone(Command::Rset),
            "NOOP" => Ok(Command::Noop),
            "VRFY" => Ok(Command::Vrfy),
            "HELP" => Ok(Command::Help),
            "QUIT" => alone(Command::Quit),
            _ => Err(Fault::Unknown),
        }
    }
}

/// `FROM:<a@b> KEY=value KEY`, also with the space after the colon that many clients send.
fn path(rest: &str, keyword: &str) -> Option<(String, Vec<String>)> {
    let start = rest.get(..keyword.len())?;
    if !start.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let rest = rest.get(keyword.len()..)?.trim_start_matches(' ').strip_prefix('<')?;
    let end = closing_bracket(rest)?;
    let (address, parameters) = (rest.get(..end)?, rest.get(end + 1..)?);
    let acceptable = address.is_empty() || is_address(address);
    if !acceptable || !(parameters.is_empty() || parameters.starts_with(' ')) {
        return None;
    }
    Some((address.to_owned(), parameters.split_ascii_whitespace().map(str::to_owned).collect()))
}

/// The first `>` that stands outside of a quoted local part.
fn closing_bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Not a full check of RFC 5321's grammar: the catcher takes what a lenient server takes.
fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    (1..=64).contains(&local.len())
        && (1..=255).contains(&domain.len())
        && !address.chars().any(char::is_control)
        && (quoted || !local.contains([' ', '<', '>', '"', '@', ',', ';']))
        && !domain.contains([' ', '<', '>', '"', ',', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_clients_write_them() {
        assert_eq!(Command::parse("ehlo [127.0.0.1]"), Ok(Command::Ehlo));
        assert_eq!(Command::parse("quit "), Ok(Command::Quit));
        assert_eq!(
            Command::parse("MAIL from: <a@b> SIZE=12 BODY=8BITMIME"),
            Ok(Command::Mail {
                from: "a@b".into(),
                parameters: vec!["SIZE=12".into(), "BODY=8BITMIME".into()]
            })
        );
        assert_eq!(
            Command::parse("MAIL FROM:<>"),
            Ok(Command::Mail { from: String::new(), parameters: vec![] })
        );
        assert_eq!(
            Command::parse("RCPT TO:<\"a> b\"@c>"),
            Ok(Command::Rcpt { to: "\"a> b\"@c".into(), parameters: vec![] })
        );
        assert_eq!(Command::parse("BDAT 3"), Err(Fault::Unknown));
        for line in [
            "EHLO",
            "MAIL FROM:a@b",
            "RCPT TO:<>",
            "RCPT TO:<a b@c>",
            "RCPT TO:<a@b>x",
            "RCPT TO:<ü",
            "DATA now",
        ] {
            assert!(matches!(Command::parse(line), Err(Fault::Arguments(_))), "{line}");
        }
    }
}
