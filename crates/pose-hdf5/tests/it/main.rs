//! Files that real pandas wrote, read here, against what pandas finds in them; and files that are broken.

mod broken;
mod fixtures;
mod kinds;
mod others;
mod real;
mod written;
