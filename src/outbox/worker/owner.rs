use std::fs;

use uuid::Uuid;

/// Who a process is, so that another one on the same machine can tell at once that it is dead, instead of
/// waiting until its lease has not been renewed for long: `boot/namespace/process/start/random`. A process
/// number means something in its boot and namespace only, and together with the time of its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner(String);

impl Owner {
    /// This process; each call is another owner.
    pub(super) fn new() -> Self {
        let process = std::process::id().to_string();
        let start = start_of(&process).unwrap_or_default();
        Self(format!("{}/{process}/{start}/{}", place(), Uuid::now_v7().simple()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether that owner was a process of this machine that is no more. When in doubt, it lives.
pub(super) fn is_dead(owner: &str) -> bool {
    let mut parts = owner.rsplitn(4, '/');
    let (Some(_random), Some(start), Some(process), Some(there)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let here = place();
    if here == "/" || there != here || start.is_empty() {
        return false;
    }
    match start_of(process) {
        Some(now) => now != start,
        // there are processes to be seen, and it is not among them
        None => {
            fs::exists("/proc/self/stat").unwrap_or(false)
                && !fs::exists(format!("/proc/{process}")).unwrap_or(true)
        }
    }
}

/// The machine's boot and the namespace of process numbers.
fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{}/{}", boot.trim(), namespace.display())
}

/// When a process began, in ticks since the boot: field 22 of its `stat` (proc(5)). The second field is a
/// name in parentheses that may hold anything.
fn start_of(process: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives() {
        let owner = Owner::new();
        assert_ne!(owner, Owner::new());
        assert!(!is_dead(owner.as_str()), "{}", owner.as_str());
    }

    #[test]
    fn a_process_that_ended_is_dead() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let id = child.id().to_string();
        let owner = format!("{}/{id}/{}/x", place(), start_of(&id).unwrap());
        assert!(!is_dead(&owner));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_dead(&owner), "{owner}");
    }

    #[test]
    fn another_machine_and_nonsense_are_not_judged() {
        for owner in ["", "x", "boot/pid:[1]/999999/1/x", &format!("{}/999999//x", place())] {
            assert!(!is_dead(owner), "{owner}");
        }
        let process = std::process::id();
        assert!(is_dead(&format!("{}/{process}/1/x", place())), "its number was given to another");
    }
}
