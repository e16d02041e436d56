# The daily commands: `just` lists them.

_list:
    @just --list --unsorted

# The portal with stand-ins for everything around it
demo *options:
    cargo run -- demo {{ options }}

# What the compiler says, soon
check:
    cargo check --workspace --all-targets --locked

# Formats everything
format:
    cargo fmt --all

# Formatting and lints, as tests/run has them
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

# The Rust tests on SQLite, for example: just test --test portal -E 'test(reset)'
test *options:
    cargo nextest run --workspace --locked --cargo-quiet {{ options }}

# The same on PostgreSQL, for example: just test-postgres postgres://postgres@127.0.0.1:5432/postgres --test outbox
test-postgres url *options:
    POSTHORN_TEST_DATABASE_URL={{ quote(url) }} cargo nextest run --workspace --locked --cargo-quiet {{ options }}

# Licences, sources and known vulnerabilities of the dependencies
dependencies:
    cargo deny --log-level error --config .deny.toml check

# The documentation of the code
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --document-private-items

# Everything that must hold before a change lands; --long for more
everything *options:
    tests/run {{ options }}
