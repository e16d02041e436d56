//! The room `mail` from outside: against servers that follow a script (every fault that needs no real
//! server) and, where the mail laboratory stands, against real Postfix and Dovecot.

#[cfg(test)]
mod behind_the_dot;
#[cfg(test)]
mod check;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod lab_check;
#[cfg(test)]
mod lab_faults;
#[cfg(test)]
mod lab_snapshots;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod strange_servers;
#[cfg(test)]
mod support;
#[cfg(test)]
mod transactions;
