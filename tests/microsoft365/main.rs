//! Mail through Microsoft 365 from outside: against the laboratory's stand-in for Microsoft, and against
//! fakes for answers that it does not give.

#[cfg(test)]
mod drafts;
#[cfg(test)]
mod drafts_refused;
#[cfg(test)]
mod fakes;
#[cfg(test)]
mod gates;
#[cfg(test)]
mod lab_check;
#[cfg(test)]
mod lab_errors;
#[cfg(test)]
mod lab_faults;
#[cfg(test)]
mod lab_limits;
#[cfg(test)]
mod lab_success;
#[cfg(test)]
mod lab_tokens;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod support;
