//! The program `posthorn`.
fn main() {}
