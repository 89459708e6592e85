//! What is written comes back, what others wrote is read, and what is damaged is refused in a line.

mod damaged;
mod files;
mod foreign;
mod others;
mod refused;
mod written;
