//! The schema of Posthorn, step by step.
