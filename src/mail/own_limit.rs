//! Our own limits, told from the providers' faults: no file descriptors, no memory, no threads. A provider that was never
//! asked has done nothing wrong.

use std::error::Error;
use std::fs::File;
use std::io;
use std::thread;
use std::time::Duration;

/// So long whoever meets such a limit waits: connections and files are given back all the time.
pub(super) const PAUSE: Duration = Duration::from_secs(5);

/// EAGAIN (no thread), ENOMEM, ENFILE, EMFILE, ENOBUFS, as Linux numbers them.
const NUMBERS: [i32; 5] = [11, 12, 23, 24, 105];

/// Whether an attempt to open something failed since we lack something.
pub(super) fn is(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
        || error.raw_os_error().is_some_and(|number| NUMBERS.contains(&number))
}

/// Whether any of the causes of an error is such a limit.
pub(super) fn is_among_causes(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // what it wraps is no cause of its own
            let wraps = error.get_ref().is_some_and(|inner| is_among_causes(inner));
            if wraps || is(error) {
                return true;
            }
        }
        next = error.source();
    }
    false
}

/// Whether there is neither a file nor a thread to be had at this moment: the system's resolver does not say why it failed.
pub(super) fn is_reached() -> bool {
    let no_file = File::open("/dev/null").is_err_and(|error| is(&error));
    no_file || thread::Builder::new().stack_size(16 * 1024).spawn(|| {}).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_lack_is_told_from_what_the_network_says() {
        for number in NUMBERS {
            let error = io::Error::from_raw_os_error(number);
            assert!(is(&error), "{error}");
            assert!(is_among_causes(&io::Error::other(error)));
        }
        // refused, unreachable, timed out
        for number in [111, 101, 113, 110] {
            assert!(!is(&io::Error::from_raw_os_error(number)));
        }
        assert!(!is_reached());
    }
}
