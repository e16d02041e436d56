use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) const CLIENT: &str = "portal";
pub(crate) const CLIENT_SECRET: &str = "the client's s3cret";

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    /// By the key that the issuer shows.
    Right,
    /// By another one under the same name.
    WrongKey,
    /// By a key that it does not show until it is asked again.
    NewKey,
    /// Not at all: `alg: none`.
    None,
    /// With the client's secret: HS256.
    WithSecret,
}

/// What it says at its userinfo address.
#[derive(Clone, Debug, Default)]
pub(crate) enum UserInfo {
    /// Nothing but the subject `1`.
    #[default]
    Subject,
    Json(Value),
    /// Signed, with these claims.
    Signed(Signing, Value),
    /// A page with this status and media type.
    Page(&'static str, &'static str),
    /// Nothing: the connection is closed.
    Closed,
}

/// What the issuer is to do.
pub(crate) struct Script {
    /// Claims of the token beside or in place of the usual ones; null takes one away.
    pub(crate) claims: Value,
    pub(crate) user_info: UserInfo,
    pub(crate) signing: Signing,
    /// In place of the discovery document's members.
    pub(crate) document: Value,
}

impl Default for Script {
    fn default() -> Self {
        Self { claims: json!({}), user_info: UserInfo::Subject, signing: Signing::Right, document: json!({}) }
    }
}

struct Inner {
    address: SocketAddr,
    script: Mutex<Script>,
    keys: [EcdsaKeyPair; 2],
    /// Which key is shown.
    shown: Mutex<usize>,
    /// Codes that were given: nonce and challenge.
    codes: Mutex<HashMap<String, (String, String)>>,
    asked: Mutex<Vec<String>>,
}

/// A sign-in service on loopback, of our own, so that it can also do everything wrong.
pub(crate) struct Issuer {
    inner: Arc<Inner>,
    serving: JoinHandle<()>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inner = Arc::new(Inner {
            address: listener.local_addr().unwrap(),
            script: Mutex::default(),
            keys: [key(), key()],
            shown: Mutex::new(0),
            codes: Mutex::default(),
            asked: Mutex::default(),
        });
        let shared = Arc::clone(&inner);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inner = Arc::clone(&shared);
                tokio::spawn(async move { answer(stream, &inner).await });
            }
        });
        Self { inner, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    pub(crate) fn follow(&self, script: Script) {
        *self.inner.script.lock().unwrap() = script;
    }

    /// The paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().unwrap().clone()
    }

    /// What a person does who goes to that address and signs in: the path with which they come back.
    pub(crate) fn sign_in(&self, address: &str) -> String {
        let (at, query) = address.split_once('?').unwrap();
        assert_eq!(at, format!("{}/authorize", self.url()));
        let query: HashMap<String, String> = serde_urlencoded::from_str(query).unwrap();
        assert_eq!(query["client_id"], CLIENT);
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
        assert!(query["redirect_uri"].ends_with("/sign-in/oidc/callback"));
        let code = format!("code{}", self.inner.codes.lock().unwrap().len());
        let kept = (query["nonce"].clone(), query["code_challenge"].clone());
        self.inner.codes.lock().unwrap().insert(code.clone(), kept);
        let back = serde_urlencoded::to_string([("code", &code), ("state", &query["state"])]).unwrap();
        format!("/sign-in/oidc/callback?{back}")
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap()
}

async fn answer(mut stream: TcpStream, inner: &Inner) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    inner.asked.lock().unwrap().push(path.clone());
    let mut media_type = "application/json";
    let (status, answer) = match path.as_str() {
        "/.well-known/openid-configuration" => ("200 OK", document(inner).to_string()),
        "/keys" => ("200 OK", keys(inner).to_string()),
        "/token" => {
            let body = String::from_utf8(body).unwrap();
            let (status, answer) = token(inner, header("authorization").as_deref(), &body);
            (status, answer.to_string())
        }
        "/userinfo" => {
            assert_eq!(header("authorization").as_deref(), Some("Bearer access"));
            let user_info = inner.script.lock().unwrap().user_info.clone();
            match user_info {
                UserInfo::Subject => ("200 OK", json!({ "sub": "1" }).to_string()),
                UserInfo::Json(said) => ("200 OK", said.to_string()),
                UserInfo::Signed(signing, claims) => {
                    media_type = "application/jwt";
                    ("200 OK", signed(inner, signing, &claims))
                }
                UserInfo::Page(status, its_type) => {
                    media_type = its_type;
                    (status, "<html>Service Unavailable</html>".to_owned())
                }
                UserInfo::Closed => return None,
            }
        }
        _ => ("404 Not Found", "{}".to_owned()),
    };
    let whole = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    );
    stream.write_all(whole.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

fn merged(mut all: Value, more: &Value) -> Value {
    let (Some(own), Some(more)) = (all.as_object_mut(), more.as_object()) else { panic!("objects") };
    for (name, value) in more {
        if value.is_null() {
            own.remove(name);
        } else {
            own.insert(name.clone(), value.clone());
        }
    }
    all
}

fn document(inner: &Inner) -> Value {
    let at = format!("http://{}", inner.address);
    let usual = json!({
        "issuer": at,
        "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"),
        "userinfo_endpoint": format!("{at}/userinfo"),
        "jwks_uri": format!("{at}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    merged(usual, &inner.script.lock().unwrap().document)
}

fn keys(inner: &Inner) -> Value {
    let shown = *inner.shown.lock().unwrap();
    let point = inner.keys[shown].public_key().as_ref();
    let part = |range| URL_SAFE_NO_PAD.encode(&point[range]);
    json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("key{shown}"),
        "x": part(1..33), "y": part(33..65),
    }] })
}

fn token(inner: &Inner, authorization: Option<&str>, body: &str) -> (&'static str, Value) {
    let form: HashMap<String, String> = serde_urlencoded::from_str(body).unwrap();
    let secret: String = url_encoded(CLIENT_SECRET);
    let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
    if authorization != Some(expected.as_str()) {
        return ("401 Unauthorized", json!({ "error": "invalid_client" }));
    }
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    let Some((nonce, expected)) = inner.codes.lock().unwrap().remove(&form["code"]) else {
        return ("400 Bad Request", json!({ "error": "invalid_grant" }));
    };
    assert_eq!(challenge, expected, "PKCE");
    let script = inner.script.lock().unwrap();
    let now = posthorn::clock::Clock::System.now().0 / 1_000_000;
    let usual = json!({
        "iss": format!("http://{}", inner.address), "sub": "1", "aud": CLIENT, "nonce": nonce,
        "iat": now, "exp": now + 300,
    });
    let claims = merged(usual, &script.claims);
    let id_token = signed(inner, script.signing, &claims);
    ("200 OK", json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token }))
}

fn url_encoded(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).unwrap();
    pair.trim_start_matches('=').to_owned()
}

fn signed(inner: &Inner, signing: Signing, claims: &Value) -> String {
    let mut header: Map<String, Value> = Map::new();
    let (algorithm, kid) = match signing {
        Signing::Right | Signing::WrongKey => ("ES256", "key0"),
        Signing::NewKey => ("ES256", "key1"),
        Signing::None => ("none", "key0"),
        Signing::WithSecret => ("HS256", "key0"),
    };
    header.insert("alg".to_owned(), json!(algorithm));
    header.insert("kid".to_owned(), json!(kid));
    let part = |value: &str| URL_SAFE_NO_PAD.encode(value);
    let text = format!("{}.{}", part(&Value::Object(header).to_string()), part(&claims.to_string()));
    let by = |key: &EcdsaKeyPair| {
        URL_SAFE_NO_PAD.encode(key.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref())
    };
    let signature = match signing {
        Signing::Right => by(&inner.keys[0]),
        Signing::WrongKey => by(&inner.keys[1]),
        Signing::NewKey => {
            *inner.shown.lock().unwrap() = 1;
            by(&inner.keys[1])
        }
        Signing::None => String::new(),
        Signing::WithSecret => {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
            URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, text.as_bytes()).as_ref())
        }
    };
    format!("{text}.{signature}")
}
