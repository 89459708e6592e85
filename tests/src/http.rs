//! A small HTTP server on loopback, which counts what it sends. It serves files, spoils them, or passes requests on.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `HEAD`, `PUT` …
    pub method: String,
    /// The path and the query.
    pub target: String,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// What follows.
    pub body: Vec<u8>,
}

impl Request {
    /// A request with nothing but its first line.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// The value of a header, by its name in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Response {
    /// 200, 206, 404 …
    pub status: u16,
    /// Names in small letters, and values. The length is added where it is not there.
    pub headers: Vec<(String, String)>,
    /// What follows.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer without content.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The answer of a server that knows ranges, to a request for a file.
    #[must_use]
    pub fn of_file(request: &Request, content: &[u8], tag: &str) -> Self {
        let len = content.len();
        let answer = Self::status(200).with("etag", tag).with("accept-ranges", "bytes");
        let Some(range) = request.header("range").and_then(|range| range.strip_prefix("bytes=")) else {
            return Self { body: content.to_vec(), ..answer };
        };
        let number = |text: &str| text.parse::<usize>().ok();
        let (start, end) = match range.split_once('-') {
            Some(("", last)) => (len.saturating_sub(number(last).unwrap_or(0)), len),
            Some((first, last)) => {
                (number(first).unwrap_or(0), number(last).map_or(len, |last| last + 1).min(len))
            }
            None => (0, len),
        };
        if start >= end {
            return Self::status(416).with("content-range", format!("bytes */{len}"));
        }
        let answer = answer.with("content-range", format!("bytes {start}-{}/{len}", end - 1));
        Self { status: 206, body: content[start..end].to_vec(), ..answer }
    }
}

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked for.
    pub request: Request,
    /// The answer's status.
    pub status: u16,
    /// The bytes of content that were sent.
    pub sent: usize,
}

/// A server. It ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<Exchange>>>,
    ends: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers as it is told.
    ///
    /// # Panics
    ///
    /// When it cannot listen.
    #[must_use]
    pub fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of loopback is free");
        let address = listener.local_addr().expect("it has an address");
        let (log, ends, answer) = (Arc::default(), Arc::new(AtomicBool::new(false)), Arc::new(answer));
        let (entries, ended) = (Arc::clone(&log), Arc::clone(&ends));
        let listening = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let (entries, answer) = (Arc::clone(&entries), Arc::clone(&answer));
                // One request each. A client that breaks off is its own affair.
                let _ = stream.map(|stream| thread::spawn(move || serve(&stream, answer.as_ref(), &entries)));
            }
        });
        Self { address, log, ends, listening: Some(listening) }
    }

    /// A URL of it, with this path.
    #[must_use]
    pub fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    /// What was answered since this was asked last.
    #[must_use]
    pub fn take_log(&self) -> Vec<Exchange> {
        std::mem::take(&mut *lock(&self.log))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // It waits for a connection; this is the last one.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

/// Sends a request, and gives the answer.
///
/// # Panics
///
/// When the answer comes in pieces, which is not understood here.
pub fn send(address: SocketAddr, request: &Request) -> io::Result<Response> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut out = Vec::new();
    write!(out, "{} {} HTTP/1.1\r\n", request.method, request.target)?;
    if request.header("host").is_none() {
        write!(out, "host: {address}\r\n")?;
    }
    for (name, value) in request.headers.iter().filter(|(name, _)| !is_of_connection(name)) {
        write!(out, "{name}: {value}\r\n")?;
    }
    write!(out, "content-length: {}\r\nconnection: close\r\n\r\n", request.body.len())?;
    out.extend_from_slice(&request.body);
    (&stream).write_all(&out)?;
    let mut reader = BufReader::new(stream);
    let (first, mut headers) = read_head(&mut reader)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("{first:?} is no status")))?;
    assert!(header(&headers, "transfer-encoding").is_none(), "answers come in one piece");
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    headers
        .retain(|(name, _)| name == "content-length" && request.method == "HEAD" || !is_of_connection(name));
    Ok(Response { status, headers, body })
}

fn serve(
    stream: &TcpStream,
    answer: &(dyn Fn(&Request) -> Response + Sync),
    log: &Mutex<Vec<Exchange>>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut reader = BufReader::new(stream);
    let (first, headers) = read_head(&mut reader)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let length = header(&headers, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request = Request { method, target, headers, body };
    let mut response = answer(&request);
    let mut out = Vec::new();
    write!(out, "HTTP/1.1 {} Answer\r\nconnection: close\r\n", response.status)?;
    if header(&response.headers, "content-length").is_none() {
        write!(out, "content-length: {}\r\n", response.body.len())?;
    }
    for (name, value) in &response.headers {
        write!(out, "{name}: {value}\r\n")?;
    }
    if request.method == "HEAD" {
        response.body.clear();
    }
    // Before it is sent: whoever has the answer finds it in the log.
    lock(log).push(Exchange { request, status: response.status, sent: response.body.len() });
    (&*stream).write_all(&[&out[..], b"\r\n", &response.body].concat())
}

/// The first line and the headers, whose names become small letters.
fn read_head(reader: &mut impl BufRead) -> io::Result<(String, Vec<(String, String)>)> {
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        io::Result::Ok(line.trim_end().to_owned())
    };
    let first = next()?;
    let mut headers = Vec::new();
    loop {
        let line = next()?;
        let Some((name, value)) = line.split_once(':') else { return Ok((first, headers)) };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

fn is_of_connection(name: &str) -> bool {
    ["connection", "content-length", "keep-alive", "transfer-encoding"].contains(&name)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
