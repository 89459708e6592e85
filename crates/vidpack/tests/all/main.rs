//! Arrays become frames and come back.

mod bounds;
mod damage;
mod exact;
mod forerunners;
mod trip;
