//! Wide tables are long, long ones wide, and nothing is lost between.

mod long;
mod pivoted;
mod restored;
mod samples;
