//! A point of a plot in words.

use crate::domain::chart::Point;

/// Where it is and what its values are: `30 Nov 2026, 16:06: 12.1 MiB`. Of several series those
/// that have something there, by name.
pub fn readout(point: &Point, columns: &[String]) -> String {
    let mut cells = point.cells.iter();
    let place = cells.next().map_or("", String::as_str);
    let named = point.heights.len() > 1;
    let values: Vec<String> = cells
        .zip(columns.iter().skip(1))
        .zip(&point.heights)
        .filter(|(_, height)| !named || height.is_some())
        .map(|((cell, column), _)| if named { format!("{column} {cell}") } else { cell.clone() })
        .collect();
    format!("{place}: {}", values.join(", "))
}

/// The point that is shown at first: the last one with something in it, or the last.
pub fn last_of(points: &[Point]) -> usize {
    let has_some = |point: &Point| point.heights.iter().flatten().any(|height| *height > 0.0);
    points.iter().rposition(has_some).unwrap_or(points.len().saturating_sub(1))
}

/// The point that is nearest to a place between 0 at the left and 1 at the right.
pub fn nearest(points: &[Point], place: f64) -> Option<usize> {
    let far = |point: &Point| (point.at - place).abs();
    let order =
        |one: &(usize, &Point), other: &(usize, &Point)| far(one.1).total_cmp(&far(other.1));
    points.iter().enumerate().min_by(order).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: f64, heights: &[Option<f64>], cells: &[&str]) -> Point {
        let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
        Point { at, heights: heights.to_vec(), cells }
    }

    #[test]
    fn a_point_is_said_with_its_place_and_its_values() {
        let columns = ["Day", "One", "Two"].map(str::to_owned);
        let one = point(0.0, &[Some(0.5)], &["Mon", "$1.00"]);
        assert_eq!(readout(&one, &columns[..2]), "Mon: $1.00");
        let two = point(0.0, &[Some(0.5), None], &["Mon", "$1.00", "–"]);
        assert_eq!(readout(&two, &columns), "Mon: One $1.00");
    }

    #[test]
    fn the_nearest_point_is_found_and_the_last_with_something() {
        let of = |at: f64, height: f64| point(at, &[Some(height)], &[]);
        let points = [of(0.0, 0.1), of(0.4, 0.2), of(1.0, 0.0)];
        assert_eq!([0.1, 0.21, 0.9].map(|at| nearest(&points, at)), [Some(0), Some(1), Some(2)]);
        assert_eq!(nearest(&[], 0.5), None);
        assert_eq!((last_of(&points), last_of(&points[2..]), last_of(&[])), (1, 0, 0));
    }
}
