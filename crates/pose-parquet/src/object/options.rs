//! What it takes to get into a store.

use std::fmt;

/// Credentials, endpoint, region and whatever else it takes to get into a store, as keys and values.
///
/// The keys are those of the crate `object_store`, which are the names of the usual environment variables in small
/// letters: `aws_access_key_id`, `aws_secret_access_key`, `aws_region`, `aws_endpoint`, `aws_allow_http`,
/// `google_service_account`, `azure_storage_account_name`, `azure_storage_account_key`, … and for every store `timeout`,
/// `connect_timeout`, `read_timeout`, `proxy_url`. Small and large letters are the same. A key that means nothing to a
/// store is ignored there, so that one value serves for several. `aws_allow_http` lets an endpoint be reached without
/// encryption.
///
/// Nothing is taken from the environment here. What a program wants from there it passes on, as `pose` does with
/// `AWS_*`, `GOOGLE_*` and `AZURE_*`. Below this crate, `object_store` looks for Google's default credentials in the
/// home folder, and its HTTP client obeys `HTTPS_PROXY` and its kin.
///
/// # Examples
///
/// ```
/// use pose_parquet::StoreOptions;
///
/// let options: StoreOptions = [("AWS_REGION", "eu-central-1")].into_iter().collect();
/// let options = options.with("aws_secret_access_key", "word");
/// assert_eq!(format!("{options:?}"), r#"{"aws_region", "aws_secret_access_key"}"#);
/// ```
#[derive(Clone, Default)]
pub struct StoreOptions(Vec<(String, String)>);

impl StoreOptions {
    /// No options: what needs no credentials can be reached.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key. Of one that is set twice the last value counts.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.push((key.to_ascii_lowercase(), value.into()));
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl<K: AsRef<str>, V: Into<String>> FromIterator<(K, V)> for StoreOptions {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        pairs.into_iter().fold(Self::new(), |options, (key, value)| options.with(key.as_ref(), value))
    }
}

/// Keys alone: values are secret.
impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(key, _)| key)).finish()
    }
}
