//! The chart of the last 24 hours, as numbers for the drawing and for the table beside it.

use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::outbox::Counters;
use crate::web::Page;

/// The drawing is so high, in units of its own; each hour is [`STEP`] wide.
const HEIGHT: i64 = 120;
const STEP: i64 = 30;
const BAR: i64 = 22;

pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    /// The hours that stand below it.
    pub(super) marks: Vec<String>,
    pub(super) top: String,
    pub(super) sentence: String,
    /// The hours in which something was done.
    pub(super) rows: Vec<Row>,
}

/// A part of an hour's column.
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

pub(super) struct Row {
    pub(super) hour: String,
    pub(super) accepted: String,
    pub(super) retried: String,
    pub(super) failed: String,
}

impl Chart {
    /// `None` if nothing was done in these hours.
    pub(super) fn of(page: &Page, hours: &[(Timestamp, Counters)], now: Timestamp) -> Option<Self> {
        let parts = |counts: &Counters| {
            let failed = counts.failed + counts.expired + counts.unknown;
            [counts.accepted, counts.retried, failed].map(|count| count.max(0))
        };
        let highest = hours.iter().map(|(_, counts)| parts(counts).iter().sum::<i64>()).max()?;
        if highest == 0 {
            return None;
        }
        let top = round_up(highest);
        let mut sums = [0; 3];
        let (mut bars, mut rows) = (Vec::new(), Vec::new());
        for ((at, counts), column) in hours.iter().zip(0i64..) {
            let parts = parts(counts);
            let mut y = HEIGHT;
            for (count, class) in parts.iter().zip(["chart-accepted", "chart-retried", "chart-failed"]) {
                if *count > 0 {
                    // what happened is seen, however rare it is
                    let height = (count * HEIGHT / top).clamp(2, HEIGHT);
                    y -= height;
                    let x = column * STEP + (STEP - BAR) / 2;
                    bars.push(Bar { class, x, y: y.max(0), width: BAR, height });
                }
            }
            for (sum, count) in sums.iter_mut().zip(parts) {
                *sum += count;
            }
            let [accepted, retried, failed] = parts.map(|count| page.number(&count));
            if parts.iter().any(|count| *count > 0) {
                rows.push(Row { hour: page.short_time(at, &now), accepted, retried, failed });
            }
        }
        let [accepted, retried, failed] = sums.map(|sum| page.number(&sum));
        let text = Text::new("outbox-chart-sentence").with("accepted", accepted);
        let sentence = page.say(text.with("retried", retried).with("failed", failed));
        let marks = hours.iter().step_by(6).map(|(at, _)| page.hour(at)).collect();
        Some(Self { bars, marks, top: page.number(&top), sentence, rows })
    }
}

/// The next number that is easily read: 1, 2, 5, 10, 20, 50 …
fn round_up(number: i64) -> i64 {
    let mut unit: i64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let candidate = unit.saturating_mul(factor);
            if candidate >= number {
                return candidate;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_in_an_easy_number() {
        for (number, top) in [(1, 1), (3, 5), (6, 10), (11, 20), (501, 1000), (i64::MAX, i64::MAX)] {
            assert_eq!(round_up(number), top);
        }
    }
}
