//! Objects in stores: where they are, and how they are reached.

mod connect;
mod error;
mod options;
mod runtime;
mod writer;

use std::fmt;
use std::path::Path as FilePath;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use url::Url;

pub use self::error::ObjectError;
pub use self::options::StoreOptions;
pub(crate) use self::runtime::wait;
pub use self::writer::{ExistingObject, WrittenObject, write_object};
use crate::ParquetError;

/// An object in a store: a file that is read over the network.
///
/// # Examples
///
/// ```
/// use pose_parquet::{Object, StoreOptions};
///
/// let options = StoreOptions::new().with("aws_region", "eu-central-1").with("aws_skip_signature", "true");
/// let object = Object::at("s3://lab/mouse1.parquet", &options)?;
/// assert_eq!(object.url(), "s3://lab/mouse1.parquet");
/// # Ok::<(), pose_parquet::ParquetError>(())
/// ```
#[derive(Clone)]
pub struct Object {
    store: Arc<dyn ObjectStore>,
    path: Path,
    url: Arc<str>,
    /// What of the URL errors must not repeat.
    secrets: Arc<[String]>,
    access: Access,
}

/// What can be done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    ReadOnly,
    ReadWrite,
}

impl Object {
    /// The object at a URL. Nothing is sent yet.
    ///
    /// | URL | store |
    /// |---|---|
    /// | `s3://bucket/path`, `s3a://…` | S3, and what speaks as it does |
    /// | `gs://bucket/path` | Google Cloud Storage |
    /// | `az://container/path`, `abfs://…`, `abfss://…` | Azure Blob Storage |
    /// | `http://host/path`, `https://host/path` | any server that sends ranges of files; reading only |
    ///
    /// A URL of HTTP may have a query, such as the signature of a presigned one, and a user with a password. They are
    /// sent, and stand in no error.
    ///
    /// # Errors
    ///
    /// [`ObjectError::Url`] when it is no such URL, or the options do not lead to its store.
    pub fn at(url: &str, options: &StoreOptions) -> Result<Self, ParquetError> {
        let parsed = Url::parse(url).map_err(|error| {
            let reason = error.to_string();
            ParquetError::from(ObjectError::Url { reason }).at(Some(FilePath::new(&shown_text(url))))
        })?;
        let shown = shown(&parsed);
        let secrets: Arc<[String]> = secrets(&parsed).into();
        let (store, path) = connect::connect(&parsed, options).map_err(|reason| {
            let reason = error::without(&reason, &secrets);
            ParquetError::from(ObjectError::Url { reason }).at(Some(FilePath::new(&shown)))
        })?;
        let access = if parsed.scheme().starts_with("http") { Access::ReadOnly } else { Access::ReadWrite };
        Ok(Self { store, path, url: shown.into(), secrets, access })
    }

    /// An object in a store that the caller has, by its path there. `url` is what errors call it.
    ///
    /// # Errors
    ///
    /// [`ObjectError::Url`] when the path is none.
    pub fn in_store(store: Arc<dyn ObjectStore>, path: &str, url: &str) -> Result<Self, ParquetError> {
        let path = Path::parse(path).map_err(|error| {
            let reason = error.to_string();
            ParquetError::from(ObjectError::Url { reason }).at(Some(FilePath::new(url)))
        })?;
        Ok(Self { store, path, url: url.into(), secrets: Arc::new([]), access: Access::ReadWrite })
    }

    /// The URL, without a password and without what follows the path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether two URLs, which are reached by the same [options](StoreOptions), are of one object: one may be written in
    /// another way, with `s3a://` for `s3://`, or a blank for its `%20`.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let (Ok(one), Ok(another)) = (Url::parse(&self.url), Url::parse(&other.url)) else {
            return self.url == other.url;
        };
        let (one, another) = (Place::of(&one), Place::of(&another));
        let one_account = match (one.account, another.account) {
            (Some(one), Some(another)) => one == another,
            // The options say which.
            _ => true,
        };
        one_account && (one.store, one.bucket) == (another.store, another.bucket) && self.path == other.path
    }

    /// Asks the store what it says of the object.
    pub(crate) async fn head(&self) -> Result<ObjectMeta, ObjectError> {
        self.store.head(&self.path).await.map_err(|error| self.error(&error))
    }

    pub(crate) async fn get(&self, options: GetOptions) -> object_store::Result<object_store::GetResult> {
        self.store.get_opts(&self.path, options).await
    }

    /// What went wrong, without secrets.
    pub(crate) fn error(&self, error: &object_store::Error) -> ObjectError {
        ObjectError::of(error, &self.secrets)
    }

    /// Puts the URL into an error.
    pub(crate) fn name(&self, error: impl Into<ParquetError>) -> ParquetError {
        error.into().at(Some(FilePath::new(self.url())))
    }
}

/// Which bucket of which store a URL leads to.
struct Place<'a> {
    /// The first of the schemes that lead there.
    store: &'a str,
    /// The bucket, container or server.
    bucket: &'a str,
    /// The account that a container belongs to, where the URL says it.
    account: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(url: &'a Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let (bucket, account) = match url.username() {
            "" => (host, None),
            container => (container, Some(host)),
        };
        let store = match url.scheme() {
            "s3a" => "s3",
            "abfs" | "abfss" => "az",
            scheme => scheme,
        };
        Self { store, bucket, account }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object").field(&self.url).finish()
    }
}

/// The URL as it may be shown. What stands before the host is a container's name where it is not a user's.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // They fail for URLs without a host, which have neither.
    let _ = url.set_password(None);
    if url.scheme().starts_with("http") {
        let _ = url.set_username("");
    }
    url.into()
}

/// The part of a URL that may be shown when it cannot be taken apart.
fn shown_text(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (scheme, rest) = url[..end].split_once("://").unwrap_or(("", &url[..end]));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    format!("{scheme}://{rest}")
}

fn secrets(url: &Url) -> Vec<String> {
    let query = url.query().map(str::to_owned);
    let password = url.password().map(str::to_owned);
    query.into_iter().chain(password).filter(|secret| !secret.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_in_a_url_is_not_shown() {
        for (url, shows) in [
            ("s3://lab/a/b.parquet", "s3://lab/a/b.parquet"),
            ("https://me:word@host/a.parquet?X-Sig=abc#part", "https://host/a.parquet"),
            ("az://container/a.parquet", "az://container/a.parquet"),
            (
                "abfss://container@account.dfs.core.windows.net/a.parquet",
                "abfss://container@account.dfs.core.windows.net/a.parquet",
            ),
            ("http://127.0.0.1:90/a%20b.parquet", "http://127.0.0.1:90/a%20b.parquet"),
        ] {
            let object = Object::at(url, &StoreOptions::new().with("azure_storage_account_name", "account"));
            assert_eq!(object.expect(url).url(), shows);
        }
        assert_eq!(shown_text("https://me:word@ho st/a?X-Sig=abc"), "https://ho st/a");
    }

    #[test]
    fn an_object_is_the_same_however_its_url_is_written() {
        let is_same = |one: &str, another: &str| {
            let options = StoreOptions::new().with("azure_storage_account_name", "account");
            let [one, another] = [one, another].map(|url| Object::at(url, &options).expect(url));
            assert_eq!(one.is_same(&another), another.is_same(&one));
            one.is_same(&another)
        };
        let url = "s3://lab/my mouse.parquet";
        for other in [
            url,
            "S3://lab/my mouse.parquet",
            "s3a://lab/my%20mouse.parquet",
            "s3://lab/x/../my mouse.parquet",
        ] {
            assert!(is_same(url, other), "{other}");
        }
        for other in ["s3://lab/my_mouse.parquet", "s3://Lab/my mouse.parquet", "gs://lab/my mouse.parquet"] {
            assert!(!is_same(url, other), "{other}");
        }
        let url = "abfss://container@account.dfs.core.windows.net/a.parquet";
        assert!(is_same(url, "az://container/a.parquet") && is_same(url, url));
        assert!(!is_same(url, "abfss://container@another.dfs.core.windows.net/a.parquet"));
    }

    #[test]
    fn what_is_no_url_of_an_object_is_refused_without_its_secrets() {
        for url in
            ["s3://lab", "s3://lab/", "s3://lab/folder/", "ftp://host/a", "s3:///a", "https://u:word@ho st/a"]
        {
            let error = Object::at(url, &StoreOptions::new()).expect_err(url).to_string();
            assert!(!error.contains("word"), "{error}");
            assert!(error.contains("not the URL of an object"), "{error}");
        }
    }
}
