//! Says what this run leaves out, so that nobody takes half of the tests for all of them.

use std::io::Write as _;

#[test]
fn a_run_says_which_database_it_is_on() {
    let words = match crate::support::admin_url() {
        Some(_) => "tests/portal: on PostgreSQL (POSTHORN_TEST_DATABASE_URL)",
        None => {
            "tests/portal: on SQLite only. PostgreSQL was left out: POSTHORN_TEST_DATABASE_URL is not set, \
             such as postgres://postgres@127.0.0.1:5433/postgres"
        }
    };
    // past the test runner, which keeps what a passing test prints
    writeln!(std::io::stderr().lock(), "{words}").unwrap();
}
