//! Statistics are the same whatever memory they may take, and wrong questions are told.

mod groups;
mod memory;
