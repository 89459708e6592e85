//! Packing, restoring, and what must be refused.

mod damage;
mod forerunners;
mod recipes;
mod roundtrip;
mod suggest;
mod support;
