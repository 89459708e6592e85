//! Packing, restoring, and what must be refused.

mod damage;
mod fixtures;
mod forerunners;
mod golden;
mod progress;
mod recipes;
mod roundtrip;
mod salvage;
mod schema;
mod suggest;
mod support;
