//! Charts as they cross the wire: the server draws the lines and bars and says what stands around
//! them; the page sets the frame, so that its words are as large on a phone as on a desktop.

mod range;
mod scale;
mod time_axis;

pub use range::{Last, Range};
pub use scale::{Scale, Unit};
pub use time_axis::{moment_label, time_ticks};

use serde::{Deserialize, Serialize};

/// A picture of numbers, with the same numbers as text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Chart {
    Plot(Plot),
    Bars(Bars),
}

/// Lines or upright bars over an axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plot {
    /// One sentence that says what there is to see.
    pub summary: String,
    /// The lines or bars alone, to be stretched over the plot; empty where there is nothing to
    /// draw.
    pub svg: String,
    /// What stands beside the plot, at even distances, from the bottom to the top.
    pub y_axis: Vec<String>,
    /// What stands below the plot.
    pub x_axis: Vec<Tick>,
    pub thresholds: Vec<Threshold>,
    /// The names of the series in the order of their colours, where there are several.
    pub legend: Vec<String>,
    /// The heads of the text equivalent.
    pub columns: Vec<String>,
    /// In the order of the axis; a row of the text equivalent each.
    pub points: Vec<Point>,
}

/// A word below the plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    /// From 0 at the left to 1 at the right.
    pub at: f64,
    pub label: String,
}

/// A line across the plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// From 0 at the bottom to 1 at the top.
    pub at: f64,
    pub label: String,
    /// What lies beyond it is grave, not only worth a look.
    pub is_limit: bool,
}

/// What is known of one place on the axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// From 0 at the left to 1 at the right.
    pub at: f64,
    /// Of each series, from 0 at the bottom to 1 at the top; `None` where it has no value.
    pub heights: Vec<Option<f64>>,
    /// As many as there are columns.
    pub cells: Vec<String>,
}

/// Bars from left to right, one below the other: parts of a whole, or things by their size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bars {
    /// One sentence that says what there is to see.
    pub summary: String,
    pub columns: Vec<String>,
    pub rows: Vec<Bar>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// The length, 1 for the longest.
    pub share: f64,
    /// As many as there are columns; the first is its name.
    pub cells: Vec<String>,
}

impl Chart {
    /// One sentence that says what there is to see.
    pub fn summary(&self) -> &str {
        match self {
            Self::Plot(plot) => &plot.summary,
            Self::Bars(bars) => &bars.summary,
        }
    }
}
