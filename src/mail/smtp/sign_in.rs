use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Cause, Conversation, Reply, SmtpFailure, Step};
use crate::mail::{Login, Security};
use crate::values::Secret;

/// RFC 5321, section 4.5.3.1.4: a command line with its end. A longer initial response must wait for
/// the server's challenge (RFC 4954, section 4).
const COMMAND_LINE: usize = 512;

impl Conversation {
    /// [`Step::SignIn`]: AUTH PLAIN (RFC 4616) or LOGIN, when a login is configured. In clear only
    /// with [`Security::None`], since the other two have come through [`Conversation::encrypt`] or
    /// have failed there.
    ///
    /// # Errors
    /// When the server offers no way that we know, or refuses.
    pub async fn sign_in(&mut self) -> Result<(), Box<SmtpFailure>> {
        let Some(login) = self.server.login.clone() else { return Ok(()) };
        self.must_be_protected(Step::SignIn)?;
        if self.offers.auth.is_empty() {
            let encrypts = self.server.security == Security::None && self.offers.starttls;
            let cause = if encrypts { Cause::EncryptionRequired } else { Cause::AuthNotOffered };
            return Err(self.fail(Step::SignIn, cause, None));
        }
        let user = login.username.as_str();
        let password = login.password.expose();
        let plain = encode(&format!("\0{user}\0{password}"));
        let needles =
            [Secret::new(password), Secret::new(encode(password).as_str()), Secret::new(plain.as_str())];
        // shorter ones would mutilate every reply and are no secret worth the name
        self.secrets = needles.into_iter().filter(|secret| secret.expose().len() >= 4).collect();
        // PLAIN separates by NUL and cannot carry one (RFC 4616, section 2)
        let fits_plain = !user.contains('\0') && !password.contains('\0');
        let (plain_offered, login_offered) =
            (fits_plain && self.offers.has_mechanism("PLAIN"), self.offers.has_mechanism("LOGIN"));
        let mut reply = if plain_offered {
            self.plain(&plain).await?
        } else if login_offered {
            self.login(&login).await?
        } else {
            let offered = self.offers.auth.clone();
            return Err(self.fail(Step::SignIn, Cause::NoCommonMechanism { offered }, None));
        };
        // never after a refused password: that would be one more guess at it
        if plain_offered && login_offered && refuses_mechanism(&reply) {
            reply = self.login(&login).await?;
        }
        if reply.code == 235 { Ok(()) } else { Err(self.refused(Step::SignIn, reply)) }
    }

    async fn plain(&mut self, response: &str) -> Result<Reply, Box<SmtpFailure>> {
        if "AUTH PLAIN \r\n".len() + response.len() <= COMMAND_LINE {
            let line = Zeroizing::new(format!("AUTH PLAIN {response}"));
            return self.secret_command(&line, "AUTH PLAIN ***").await;
        }
        let reply = self.command(Step::SignIn, "AUTH PLAIN").await?;
        if reply.code != 334 {
            return Ok(reply);
        }
        self.secret_command(response, "***").await
    }

    /// LOGIN was never standardised; the server asks for the two in turn, in words that vary.
    async fn login(&mut self, login: &Login) -> Result<Reply, Box<SmtpFailure>> {
        let reply = self.command(Step::SignIn, "AUTH LOGIN").await?;
        if reply.code != 334 {
            return Ok(reply);
        }
        let reply = self.secret_command(&encode(&login.username), "***").await?;
        if reply.code != 334 {
            return Ok(reply);
        }
        self.secret_command(&encode(login.password.expose()), "***").await
    }

    /// A command of which only `shown` may be repeated.
    async fn secret_command(&mut self, line: &str, shown: &str) -> Result<Reply, Box<SmtpFailure>> {
        let until = self.by(self.network.deadlines.command);
        self.record_sent(shown);
        if let Some(wire) = &mut self.wire {
            wire.queue(line.as_bytes());
            wire.queue(b"\r\n");
        }
        let flushed = self.flush(until).await;
        if let Some(wire) = &mut self.wire {
            wire.wipe();
        }
        let reply = match flushed {
            Ok(()) => self.hear(until).await,
            Err(problem) => Err(problem),
        };
        reply.map_err(|problem| self.fail(Step::SignIn, problem.into(), None))
    }
}

/// Whether the answer speaks of the mechanism, not of the password: servers announce ones that they have not switched on.
/// RFC 4954, section 6, has 504 5.7.4 (unrecognized type) and 534 5.7.9 (mechanism too weak).
fn refuses_mechanism(reply: &Reply) -> bool {
    let of_mechanism = reply.mentions(&[
        "mechanism",
        "authentication type",
        "auth type",
        "authentication method",
        "auth method",
    ]);
    match reply.code {
        500..=504 => true,
        534 | 538 | 550 | 454 => of_mechanism,
        535 => {
            of_mechanism
                && !reply.mentions(&[
                    "password",
                    "credential",
                    "authentication failed",
                    "authentication unsuccessful",
                ])
        }
        _ => false,
    }
}

fn encode(text: &str) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(text))
}
