//! A real S3 server on loopback: moto's.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::http::{Request, Response, Server, send};
use crate::programs::python_of;

/// A bucket of a server that all tests of a program share, reached through a proxy of its own that counts.
pub struct Bucket {
    /// Its name.
    pub name: String,
    proxy: Server,
}

impl Bucket {
    /// A new bucket.
    ///
    /// # Panics
    ///
    /// When there is no server: `cargo xtask python` installs it.
    #[must_use]
    pub fn new() -> Self {
        Self::behind(forward)
    }

    /// A new bucket, whose requests are answered like this.
    ///
    /// # Panics
    ///
    /// When there is no server: `cargo xtask python` installs it.
    #[must_use]
    pub fn behind(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("lab-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let made = forward(&signed("PUT", &format!("/{name}")));
        assert_eq!(made.status, 200, "the bucket can be made: {}", String::from_utf8_lossy(&made.body));
        Self { name, proxy: Server::start(answer) }
    }

    /// The URL of an object in it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("s3://{}/{path}", self.name)
    }

    /// What it takes to get in, by the names of environment variables.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.proxy.url("")),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "tester".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "a secret".to_owned()),
        ]
    }

    /// What went through the proxy since it was asked last.
    #[must_use]
    pub fn proxy(&self) -> &Server {
        &self.proxy
    }

    /// The content of an object, asked for past the proxy.
    #[must_use]
    pub fn content(&self, path: &str) -> Option<Vec<u8>> {
        let got = forward(&signed("GET", &format!("/{}/{path}", self.name)));
        (got.status == 200).then_some(got.body)
    }

    /// Puts an object, past the proxy.
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub fn put(&self, path: &str, content: &[u8]) {
        put(&format!("/{}/{path}", self.name), content);
    }

    /// How many uploads are begun and neither finished nor taken back.
    ///
    /// # Panics
    ///
    /// When the server does not tell.
    #[must_use]
    pub fn open_uploads(&self) -> usize {
        let listed = forward(&signed("GET", &format!("/{}?uploads", self.name)));
        assert_eq!(listed.status, 200);
        String::from_utf8_lossy(&listed.body).matches("<UploadId>").count()
    }
}

impl Default for Bucket {
    fn default() -> Self {
        Self::new()
    }
}

/// Puts an object, by bucket and path, past every proxy.
///
/// # Panics
///
/// When the server refuses.
pub fn put(target: &str, content: &[u8]) {
    let answer = forward(&Request { body: content.to_vec(), ..signed("PUT", target) });
    assert_eq!(answer.status, 200, "the object can be put: {}", String::from_utf8_lossy(&answer.body));
}

/// A request of someone whom the server knows. It looks at who signs, not at the signature.
fn signed(method: &str, target: &str) -> Request {
    let credential = "Credential=tester/20260101/us-east-1/s3/aws4_request";
    let by = format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0");
    Request { headers: vec![("authorization".to_owned(), by)], ..Request::new(method, target) }
}

/// What the server answers.
///
/// # Panics
///
/// When there is no server: `cargo xtask python` installs it.
#[must_use]
pub fn forward(request: &Request) -> Response {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port()));
    send(address, request).unwrap_or_else(|error| panic!("moto's server does not answer: {error}"))
}

/// The port of the server, which is started when it is first asked for. It ends when its standard input does, and so with
/// this program, however that ends.
fn port() -> u16 {
    static SERVER: OnceLock<(u16, Child)> = OnceLock::new();
    let (port, _) = SERVER.get_or_init(|| {
        let mut child = Command::new(python_of("readers"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("moto_server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("moto's server says its port");
        let port = line.trim().parse();
        (port.expect("no moto in the Python environment `readers`: make it with `cargo xtask python`"), child)
    });
    *port
}
