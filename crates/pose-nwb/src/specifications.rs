//! The rules that a file keeps, which it carries with it.
//!
//! `cargo xtask fixtures specifications` makes them from what pynwb and ndx-pose cache themselves; sentences are left out.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::NdxPose;

/// The version of NWB that is written.
pub(crate) const NWB_VERSION: &str = "2.11.0";

/// A namespace with its sources.
pub(crate) struct Namespace {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    json: &'static str,
}

const CORE: [Namespace; 3] = [
    Namespace {
        name: "core",
        version: NWB_VERSION,
        json: include_str!("../specifications/core-2.11.0.json"),
    },
    Namespace {
        name: "hdmf-common",
        version: "1.10.0",
        json: include_str!("../specifications/hdmf-common-1.10.0.json"),
    },
    Namespace {
        name: "hdmf-experimental",
        version: "0.6.0",
        json: include_str!("../specifications/hdmf-experimental-0.6.0.json"),
    },
];

const fn ndx_pose(version: &'static str, json: &'static str) -> Namespace {
    Namespace { name: "ndx-pose", version, json }
}

/// The namespaces of a file without poses.
pub(crate) fn core() -> impl Iterator<Item = Namespace> {
    CORE.into_iter()
}

impl NdxPose {
    /// The namespace of this version.
    pub(crate) fn namespace(self) -> Namespace {
        match self {
            Self::V0_2 => ndx_pose("0.2.0", include_str!("../specifications/ndx-pose-0.2.0.json")),
            Self::V0_3 => ndx_pose("0.3.0", include_str!("../specifications/ndx-pose-0.3.0.json")),
            Self::V0_4 => ndx_pose("0.4.0", include_str!("../specifications/ndx-pose-0.4.0.json")),
        }
    }
}

impl Namespace {
    /// The sources by their names, each as JSON.
    pub(crate) fn sources(&self) -> Vec<(String, String)> {
        let sources: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(self.json).expect("what is built in is JSON");
        sources.into_iter().map(|(name, source)| (name, source.get().to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn all() -> impl Iterator<Item = Namespace> {
        core().chain(NdxPose::ALL.map(NdxPose::namespace))
    }

    #[test]
    fn every_namespace_is_the_version_that_it_is_called() {
        for namespace in all() {
            let sources = namespace.sources();
            let (_, json) = sources.iter().find(|(name, _)| name == "namespace").expect("there is one");
            let found: Value = serde_json::from_str(json).expect("it is JSON");
            let found = &found["namespaces"][0];
            assert_eq!(
                (found["name"].as_str(), found["version"].as_str()),
                (Some(namespace.name), Some(namespace.version))
            );
            for source in found["schema"].as_array().expect("a list") {
                let Some(source) = source["source"].as_str() else { continue };
                assert!(sources.iter().any(|(name, _)| name == source), "{source} is there");
            }
        }
    }

    #[test]
    fn nothing_is_explained_in_words() {
        fn check(value: &Value, name: &str) {
            match value {
                Value::Array(items) => items.iter().for_each(|item| check(item, name)),
                Value::Object(entries) => {
                    for (key, value) in entries {
                        if key == "doc" {
                            let doc = value.as_str().expect("a text");
                            assert!(!doc.contains(' '), "{name}: {doc}");
                        }
                        check(value, key);
                    }
                }
                _ => {}
            }
        }
        for namespace in all() {
            for (name, json) in namespace.sources() {
                check(&serde_json::from_str(&json).expect("it is JSON"), &name);
            }
        }
    }
}
