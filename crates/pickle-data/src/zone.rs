//! Pickled time zones.
//!
//! pandas 1 and 2 used `pytz`, pandas 3 uses `zoneinfo`, and UTC is often Python's own.

use std::sync::Arc;

use crate::Object;
use crate::pickle::Node;
use crate::symbol::Symbol;

impl Object<'_> {
    /// The time zone that this is, by its name or as an offset such as `+01:00`; a text counts as a name.
    #[must_use]
    pub fn time_zone(self) -> Option<Arc<str>> {
        if let Some(name) = self.as_text() {
            return Some(name.clone());
        }
        let Node::Call { symbol, args, .. } = self.node() else { return None };
        let first = || self.at(*args).as_tuple()?.get(0);
        match symbol {
            Symbol::PytzUtc => Some("UTC".into()),
            Symbol::PytzZone | Symbol::ZoneInfo | Symbol::ZoneInfoNamed => first()?.as_text().cloned(),
            Symbol::FixedZone => {
                let Node::Call { symbol: Symbol::TimeDelta, args, .. } = first()?.node() else { return None };
                let parts = self.at(*args).as_tuple()?;
                let part = |position| parts.get(position)?.as_integer();
                let (days, seconds, microseconds) = (part(0)?, part(1)?, part(2)?);
                let seconds = days.checked_mul(86_400)?.checked_add(seconds)?;
                match (seconds, microseconds) {
                    (0, 0) => Some("UTC".into()),
                    (_, 0) if seconds % 60 == 0 && seconds.abs() < 86_400 => {
                        let sign = if seconds < 0 { '-' } else { '+' };
                        let minutes = seconds.abs() / 60;
                        Some(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60).into())
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
