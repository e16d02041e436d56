//! Everything that this process logs, down to the last detail, while somebody wants it.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, Once};

use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

static WANTED: AtomicBool = AtomicBool::new(false);
static LINES: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(Mutex::default);

/// What the tests' own browser is made of: the portal has none of it.
const VISITORS: [&str; 5] = ["html5ever", "selectors", "scraper", "reqwest", "hyper_util"];

/// The log since it was asked for; dropping it ends the collecting.
pub(crate) struct Log(());

/// From now on every line at every level is kept. Tests that run beside may be in it.
pub(crate) fn collect_log() -> Log {
    static SET: Once = Once::new();
    SET.call_once(|| {
        let wanted = filter_fn(|line| {
            let of_the_visitor = VISITORS.iter().any(|name| line.target().starts_with(name));
            WANTED.load(Ordering::SeqCst) && !of_the_visitor
        });
        let wanted = wanted.and(LevelFilter::TRACE);
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(Kept)
            .with_ansi(false)
            .with_span_events(FmtSpan::FULL)
            .with_filter(wanted);
        Registry::default().with(layer).init();
    });
    WANTED.store(true, Ordering::SeqCst);
    tracing::callsite::rebuild_interest_cache();
    Log(())
}

impl Drop for Log {
    fn drop(&mut self) {
        WANTED.store(false, Ordering::SeqCst);
    }
}

impl Log {
    #[allow(clippy::unused_self, reason = "there is a text only while somebody collects")]
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&LINES.lock().unwrap()).into_owned()
    }
}

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Kept;

    fn make_writer(&self) -> Kept {
        Kept
    }
}
