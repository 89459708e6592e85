//! From a URL to its store.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use super::StoreOptions;

/// How long a server may take to be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long nothing may arrive. The whole of a request has no limit: how long megabytes take depends on the line.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A request that failed for reasons that may pass is sent again so often, and not later than this after it was first.
const MAX_RETRIES: usize = 5;
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);

/// The store that a URL leads to, and the path in it; or why there is none.
pub(super) fn connect(url: &Url, options: &StoreOptions) -> Result<(Arc<dyn ObjectStore>, Path), String> {
    let text = |error: object_store::Error| error.to_string();
    let path = url.path();
    if url.host_str().is_none_or(str::is_empty) || path.len() < 2 || path.ends_with('/') {
        return Err("it has no bucket or no path".to_owned());
    }
    let path = Path::from_url_path(path).map_err(|error| error.to_string())?;
    // Each store has a builder, and keys, of its own type.
    macro_rules! store {
        ($builder:ty, $client:expr, $url:expr) => {{
            let builder = <$builder>::new().with_client_options($client).with_retry(retries()).with_url($url);
            let builder = options.iter().fold(builder, |builder, (key, value)| match key.parse() {
                Ok(key) => builder.with_config(key, value),
                // Another store's.
                Err(_) => builder,
            });
            Arc::new(builder.build().map_err(text)?)
        }};
    }
    let store: Arc<dyn ObjectStore> = match url.scheme() {
        "s3" | "s3a" => store!(AmazonS3Builder, client(), url.as_str()),
        "gs" => store!(GoogleCloudStorageBuilder, client(), url.as_str()),
        "az" | "abfs" | "abfss" => store!(MicrosoftAzureBuilder, client(), url.as_str()),
        "http" | "https" => {
            // Who writes http means it.
            let client = client().with_allow_http(url.scheme() == "http");
            let mut server = url.clone();
            server.set_path("");
            server.set_fragment(None);
            store!(HttpBuilder, client, server.as_str())
        }
        scheme => return Err(format!("{scheme}:// is none of s3://, gs://, az://, http:// and https://")),
    };
    Ok((store, path))
}

fn client() -> ClientOptions {
    ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_read_timeout(READ_TIMEOUT)
        .with_user_agent(object_store::HeaderValue::from_static(concat!(
            "pose-parquet/",
            env!("CARGO_PKG_VERSION")
        )))
}

fn retries() -> RetryConfig {
    RetryConfig { max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() }
}
