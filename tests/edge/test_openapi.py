"""The OpenAPI document that a real server gives: every route described, every schema sound."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from examsync.edge.api import errors, openapi, routes
from examsync.edge.api.entry import Entry
from examsync.edge.api.shelves import Shelves
from protocol import http
from protocol.examples import examples
from protocol.problems import MEANINGS
from protocol.types import Role
from tests.edge.house import House

METHODS = {"get", "post", "patch", "delete", "put"}


@pytest.fixture
async def document(house: House) -> Any:
    """What is served, without a token."""
    async with httpx.AsyncClient(base_url=house.url) as client:
        response = await client.get("/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    return response.json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Path, method and description of every operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield path, method, operation


def api_routes(house: House) -> set[tuple[str, str]]:
    """The routes of the application that answer with data; pages are not described."""
    app: Any = house.front.guard._http
    while not isinstance(app, Starlette):
        app = app._app
    found = set()
    shelves, *pages = app.routes
    assert isinstance(shelves, Shelves)
    for route in (*shelves.routes, *pages):
        assert isinstance(route, Route)
        if route.endpoint.__module__ == routes.__name__:
            found |= {(route.path, method.lower()) for method in (route.methods or ())}
    return {(path, method) for path, method in found if method != "head"}


async def test_every_route_is_described_and_nothing_else(house: House, document: Any) -> None:
    described = {(path, method) for path, method, _ in operations(document)}
    assert described == api_routes(house)
    assert ("/openapi.json", "get") in described


async def test_every_operation_says_what_it_does_and_what_it_answers(document: Any) -> None:
    ids = []
    for path, method, operation in operations(document):
        assert operation["summary"].endswith((".", "?")), (path, method)
        assert operation["tags"]
        ids.append(operation["operationId"])
        statuses = set(operation["responses"])
        assert statuses & {"200", "201", "204"}
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/problem"}
        bodies = [answer for answer in operation["responses"].values() if "content" in answer]
        assert ("204" in statuses) is (not bodies)
    assert len(set(ids)) == len(ids)
    assert {tag["name"] for tag in document["tags"]} == {
        tag for _, _, operation in operations(document) for tag in operation["tags"]
    }


async def test_the_variables_of_a_path_are_its_parameters(document: Any) -> None:
    for path, _, operation in operations(document):
        named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert named == {part.strip("{}") for part in path.split("/") if part.startswith("{")}
        assert all(p["required"] for p in operation["parameters"] if p["in"] == "path")


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below a node."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


async def test_every_reference_leads_somewhere(document: Any) -> None:
    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert isinstance(node, dict)


async def test_every_schema_is_one(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert "." not in name


async def test_examples_fit_the_schemas_of_the_document(document: Any) -> None:
    shown = examples()
    bodies = {
        **{f"http/request/{name}": body for name, body in http.REQUESTS.items()},
        **{f"http/response/{name}": body for name, body in http.RESPONSES.items()},
    }
    named = document["components"]["schemas"]
    looked_at = 0
    for path, body in bodies.items():
        if body.__name__ not in named:
            continue  # a line of a file: `ExportedAttempt`
        looked_at += 1
        schema = {"$ref": f"#/components/schemas/{body.__name__}", "components": {"schemas": named}}
        jsonschema.validate(json.loads(msgspec.json.encode(shown[path])), schema)
    assert looked_at >= 8


async def test_all_but_a_few_want_a_token(document: Any) -> None:
    assert document["security"] == [{"bearer": []}]
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    free = {path for path, _, operation in operations(document) if operation.get("security") == []}
    assert free >= {"/livez", "/readyz", "/sign-in", "/openapi.json"}
    assert not any(path.startswith(("/admin", "/exams", "/my")) for path in free)


async def test_whatever_is_not_free_refuses_who_has_no_token(house: House, document: Any) -> None:
    async with httpx.AsyncClient(base_url=house.url) as client:
        for path, method, operation in operations(document):
            if operation.get("security") == [] or path == "/metrics":
                continue
            answer = await client.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 401, (method, path)
            assert answer.headers["content-type"] == errors.CONTENT_TYPE


async def test_problems_are_described_with_every_code(document: Any, house: House) -> None:
    problem = document["components"]["responses"]["problem"]
    for code in MEANINGS:
        assert f"`{code}` ({int(errors.STATUS[code])})" in problem["description"]
    (media, content) = next(iter(problem["content"].items()))
    assert media == errors.CONTENT_TYPE
    headers = {"authorization": f"Bearer {house.token('asha', Role.CANDIDATE)}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        told = (await client.post("/admin/exams", json={})).json()
    schemas = {"components": {"schemas": document["components"]["schemas"]}}
    jsonschema.validate(told, {**content["schema"], **schemas})


async def test_the_document_is_made_once(house: House) -> None:
    made = openapi.Described()

    async def nothing(request: Any) -> Any:
        raise AssertionError

    made.entries = [Entry("GET", "/x/{exam}", nothing, "Nothing.", tag="x", gives="text/plain")]
    first, second = await made.openapi(None), await made.openapi(None)  # type: ignore[arg-type]
    assert first.body is second.body
