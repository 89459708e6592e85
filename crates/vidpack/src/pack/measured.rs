//! How far what comes back is from what was given.

use serde::{Deserialize, Serialize};

/// How far what comes back is from what was given, where a contract lets it differ.
///
/// Values that are not finite come back bit for bit, and count in none of the figures but the size. Figures that do not
/// exist are left out; none is ever infinite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Measured {
    /// The largest difference of a finite value.
    pub max_error: f64,
    /// The peak signal-to-noise ratio in decibels, of all channels when each is scaled to a range of 1. None when every
    /// value comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psnr_db: Option<f64>,
    /// The ratio that was asked for, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_psnr_db: Option<f64>,
    /// The mean of the channels' [`ssim`](MeasuredChannel::ssim).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssim: Option<f64>,
    /// Bits for each value, finite or not: also known as bits per pixel and band. Of all files of the array, before the
    /// sidecar was attached. Channels share files, so there is no such figure for one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_per_value: Option<f64>,
    /// Channel by channel; one where the array has no channels, or more than have parameters of their own.
    #[serde(default)]
    pub channels: Vec<MeasuredChannel>,
}

/// How far the values of one channel are from what was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MeasuredChannel {
    /// How many finite values it has.
    pub values: u64,
    /// From the least to the greatest finite value, as they were given.
    pub range: f64,
    /// The largest difference.
    pub max_error: f64,
    /// The root of the mean squared difference.
    pub rmse: f64,
    /// `20 log10(range / rmse)`: the peak is the channel's own range. None when every value comes back, and when all are
    /// the same, as there is no peak then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psnr_db: Option<f64>,
    /// The structural similarity (Wang and others, 2004) of pictures of at least 16×16: 1 when they are the same.
    ///
    /// Windows of 8×8 stand four pixels apart, each pixel counts the same, variances are those of a population, and the
    /// constants are 0.01² and 0.03² for values scaled to 0 to 1 by the range of the channel in its segment. Windows with a
    /// value that is not finite are left out. The mean of the windows is that of a picture, and the mean of the
    /// pictures this. None for other layouts, for a contract that bounds errors, and where the range is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssim: Option<f64>,
}
