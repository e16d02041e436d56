//! What every server of the demo keeps to: it listens on this machine only, and answers to its names only.

use std::io;
use std::net::{SocketAddr, TcpListener};

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address can be reached from other machines.
    #[error(
        "{0} is not a loopback address: everybody who reaches it can read the caught mails or add to them"
    )]
    NotLoopback(SocketAddr),
    /// Another program listens there.
    #[error("port {port} is taken: another program listens on {0}", port = .0.port())]
    PortTaken(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {0}: {1}")]
    Other(SocketAddr, #[source] io::Error),
}

/// A socket that listens, and where.
pub(super) struct Bound {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
}

/// Listens on an address; port 0 takes a free one.
pub(super) fn bind(address: SocketAddr) -> Result<Bound, ListenError> {
    if !address.ip().is_loopback() {
        return Err(ListenError::NotLoopback(address));
    }
    let fail = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::PortTaken(address),
        _ => ListenError::Other(address, source),
    };
    let listener = TcpListener::bind(address).map_err(fail)?;
    listener.set_nonblocking(true).map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    Ok(Bound { listener, address })
}

/// Whether a `Host` header names this machine. Another one means that a foreign name was made to point
/// here (DNS rebinding).
pub(super) fn is_loopback_name(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    };
    port.bytes().all(|b| b.is_ascii_digit())
        && (name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_listened_on_and_a_taken_port_is_named() {
        let outside = SocketAddr::from(([0, 0, 0, 0], 0));
        assert!(matches!(bind(outside), Err(ListenError::NotLoopback(_))));

        let first = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let error = bind(first.address).err().unwrap().to_string();
        assert!(error.starts_with(&format!("port {} is taken", first.address.port())), "{error}");
    }

    #[test]
    fn only_loopback_names_are_answered() {
        for host in ["localhost", "LOCALHOST:8025", "127.0.0.1:1", "[::1]", "[::1]:8025"] {
            assert!(is_loopback_name(host), "{host}");
        }
        for host in
            ["", "evil.example:8025", "localhost.evil.example", "127.0.0.1.nip.io", "::1", "localhost:x"]
        {
            assert!(!is_loopback_name(host), "{host}");
        }
    }
}
