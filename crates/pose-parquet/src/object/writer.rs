//! Writing objects.

use std::io::{self, Write};

use bytes::Bytes;
use object_store::{Error, MultipartUpload, ObjectStoreExt as _, PutMode, PutPayload, PutResult};
use pose_frame::PoseTable;
use tokio::task::JoinSet;

use super::{Access, Object, ObjectError, wait};
use crate::{ParquetError, WriteOptions, write_table};

/// Objects are sent in parts of this size; smaller ones in one piece. S3 takes 10,000 parts, which are 78 GiB.
const PART_BYTES: usize = 8 << 20;

/// How many parts are on their way at once. With the next one they are what a writer holds in memory: 40 MiB.
const PARTS_AT_ONCE: usize = 4;

/// What to do when the object is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExistingObject {
    /// Leave it and fail.
    ///
    /// An object of up to 8 MiB is put only where none is, in one step, by stores that can do that (S3, Google, Azure,
    /// and most that speak as they do). For a larger one it is asked whether one is there before the first byte is sent
    /// and again before the last step; one that appears between that and the step is replaced.
    #[default]
    Keep,
    /// Put the new one in its place.
    Replace,
}

/// An object that was written.
#[derive(Debug)]
pub struct WrittenObject {
    object: Object,
    e_tag: Option<String>,
    bytes: u64,
}

impl WrittenObject {
    /// Its size.
    #[must_use]
    pub fn num_bytes(&self) -> u64 {
        self.bytes
    }

    /// Removes it again, unless another one is in its place by now.
    ///
    /// # Errors
    ///
    /// When the store does not answer or refuses.
    pub fn remove(self) -> Result<(), ParquetError> {
        let Self { object, e_tag, .. } = self;
        let removing = object.clone();
        let removed = wait(async move {
            let object = removing;
            if object.head().await?.e_tag != e_tag {
                return Err(ObjectError::Changed);
            }
            object.store.delete(&object.path).await.map_err(|error| object.error(&error))
        });
        removed.and_then(|removed| removed).map_err(|error| object.name(error))
    }
}

/// Writes a table to an object, batch by batch. The object appears whole or not at all: what was sent of it is taken back
/// when something fails.
///
/// In memory is at most what [`write_table`] holds and 40 MiB. A process that is killed leaves parts in the store
/// that no object shows; stores can be told to remove such after some days.
///
/// # Errors
///
/// When the table cannot be read, the object is there and is to be kept, or the store does not take it. Objects of HTTP
/// servers cannot be written.
pub fn write_object(
    table: &dyn PoseTable,
    object: &Object,
    existing: ExistingObject,
    options: &WriteOptions,
) -> Result<WrittenObject, ParquetError> {
    let mut out = ObjectWriter::start(object, existing).map_err(|error| object.name(error))?;
    let written = write_table(table, &mut out, options).map(drop);
    // It passed through as a text; here it is itself.
    if let Some(error) = out.failed.take() {
        return Err(object.name(error));
    }
    written?;
    out.finish().map_err(|error| object.name(error))
}

/// Sends what is written to it. Dropped before it is finished, it takes back what it sent.
struct ObjectWriter {
    object: Object,
    existing: ExistingObject,
    /// What is not sent yet.
    buffer: Vec<u8>,
    /// The parts, once there is more than one.
    parts: Option<Parts>,
    bytes: u64,
    failed: Option<ObjectError>,
}

impl ObjectWriter {
    fn start(object: &Object, existing: ExistingObject) -> Result<Self, ObjectError> {
        if object.access == Access::ReadOnly {
            return Err(ObjectError::ReadOnly);
        }
        let asked = object.clone();
        wait(async move { check_absent(&asked, existing).await })??;
        let object = object.clone();
        Ok(Self { object, existing, buffer: Vec::new(), parts: None, bytes: 0, failed: None })
    }

    /// Sends the buffer as a part, once fewer than [`PARTS_AT_ONCE`] are on their way.
    fn send(&mut self) -> Result<(), ObjectError> {
        let part = Bytes::from(std::mem::take(&mut self.buffer));
        let (object, parts) = (self.object.clone(), self.parts.take());
        let (parts, room) = wait(async move {
            let mut parts = match parts {
                Some(parts) => parts,
                None => match object.store.put_multipart(&object.path).await {
                    Ok(upload) => Parts { upload, sending: JoinSet::new() },
                    Err(error) => return (None, Err(object.error(&error))),
                },
            };
            let room = parts.wait(PARTS_AT_ONCE - 1).await.map_err(|error| object.error(&error));
            if room.is_ok() {
                parts.send(part);
            }
            (Some(parts), room)
        })?;
        self.parts = parts;
        room
    }

    fn finish(mut self) -> Result<WrittenObject, ObjectError> {
        let (object, existing) = (self.object.clone(), self.existing);
        let rest = Bytes::from(std::mem::take(&mut self.buffer));
        let written = match self.parts.take() {
            None => wait(async move { put(&object, existing, rest.into()).await })??,
            Some(mut parts) => wait(async move {
                if !rest.is_empty() {
                    parts.send(rest);
                }
                // All parts are there before it is asked once more.
                let ready = match parts.wait(0).await {
                    Ok(()) => check_absent(&object, existing).await,
                    Err(error) => Err(object.error(&error)),
                };
                let completed = match ready {
                    Ok(()) => parts.upload.complete().await.map_err(|error| object.error(&error)),
                    Err(error) => Err(error),
                };
                if completed.is_err() {
                    parts.take_back().await;
                }
                completed
            })??,
        };
        Ok(WrittenObject { object: self.object.clone(), e_tag: written.e_tag, bytes: self.bytes })
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        self.bytes += taken as u64;
        if self.buffer.len() == PART_BYTES
            && let Err(error) = self.send()
        {
            let text = error.to_string();
            self.failed = Some(error);
            return Err(io::Error::other(text));
        }
        Ok(taken)
    }

    /// Nothing to do: an object is whole or not there.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            // Nobody is left to be told when not even that can be done.
            let _ = wait(parts.take_back());
        }
    }
}

/// A large object on its way.
struct Parts {
    upload: Box<dyn MultipartUpload>,
    sending: JoinSet<object_store::Result<()>>,
}

impl Parts {
    fn send(&mut self, part: Bytes) {
        self.sending.spawn(self.upload.put_part(part.into()));
    }

    /// Waits until at most so many are on their way.
    async fn wait(&mut self, most: usize) -> object_store::Result<()> {
        while self.sending.len() > most {
            if let Some(sent) = self.sending.join_next().await {
                sent??;
            }
        }
        Ok(())
    }

    /// Takes back what was sent. When the store does not answer, the parts stay, and no object shows them.
    async fn take_back(mut self) {
        self.sending.shutdown().await;
        let _ = self.upload.abort().await;
    }
}

/// Puts a small object. Stores that cannot put it only where none is are asked before.
async fn put(
    object: &Object,
    existing: ExistingObject,
    payload: PutPayload,
) -> Result<PutResult, ObjectError> {
    let mode = match existing {
        ExistingObject::Keep => PutMode::Create,
        ExistingObject::Replace => PutMode::Overwrite,
    };
    match object.store.put_opts(&object.path, payload.clone(), mode.into()).await {
        Err(Error::NotImplemented { .. }) if existing == ExistingObject::Keep => {
            check_absent(object, existing).await?;
            object.store.put(&object.path, payload).await.map_err(|error| object.error(&error))
        }
        put => put.map_err(|error| match object.error(&error) {
            ObjectError::Changed if existing == ExistingObject::Keep => ObjectError::Exists,
            error => error,
        }),
    }
}

async fn check_absent(object: &Object, existing: ExistingObject) -> Result<(), ObjectError> {
    if existing == ExistingObject::Replace {
        return Ok(());
    }
    match object.head().await {
        Ok(_) => Err(ObjectError::Exists),
        Err(ObjectError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}
