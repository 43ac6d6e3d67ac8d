"""An outline on the map, as GeoJSON says it (RFC 7946): a polygon or several, in degrees of WGS 84."""

from collections.abc import Callable, Iterator
from typing import Any

from geojson_pydantic import MultiPolygon, Polygon
from pydantic import ValidationError, ValidatorFunctionWrapHandler

AREA = Polygon | MultiPolygon
LONGITUDE_MAX = 180
LATITUDE_MAX = 90

Checked = Callable[[Any, ValidatorFunctionWrapHandler], Polygon | MultiPolygon]


def within(points_max: int) -> Checked:
    """Return what checks an area as a whole: one sentence, whatever is wrong with however many of its points."""

    def check(value: Any, parse: ValidatorFunctionWrapHandler) -> Polygon | MultiPolygon:
        try:
            area: Polygon | MultiPolygon = parse(value)
        except ValidationError:
            raise ValueError("This is no polygon of GeoJSON, and not several.") from None
        points = list(_points(area))
        if not 0 < len(points) <= points_max:
            raise ValueError(f"An area has at least one point and at most {points_max}.")
        if not all(abs(point[0]) <= LONGITUDE_MAX and abs(point[1]) <= LATITUDE_MAX for point in points):
            raise ValueError("A point is a longitude and a latitude, in degrees.")
        return area

    return check


def area_of(said: dict[str, Any]) -> dict[str, Any]:
    """Return an area as it is kept: its type and its points, without heights and without what else stood in it."""
    polygons = said["coordinates"] if said["type"] == "MultiPolygon" else [said["coordinates"]]
    kept = [[[[point[0], point[1]] for point in ring] for ring in polygon] for polygon in polygons]
    return {"type": said["type"], "coordinates": kept if said["type"] == "MultiPolygon" else kept[0]}


def _points(area: Polygon | MultiPolygon) -> Iterator[Any]:
    polygons = area.coordinates if isinstance(area, MultiPolygon) else [area.coordinates]
    return (point for polygon in polygons for ring in polygon for point in ring)
