"""The template as `chalice package` makes it, but without zips, downloads or waiting: what house tests and lint look at.

The same steps of chalice in the same order, only the packager replaced by one that names the zips it would have made.
`tests/house/test_infra_package.py` holds the draft equal to the real thing.
"""

import json
from pathlib import Path
from typing import Any

from chalice.cli.factory import CLIFactory
from chalice.deploy import deployer, models
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BaseDeployStep, BuildStage
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import ResourceBuilder, SAMTemplateGenerator, TemplateDeepMerger
from chalice.utils import OSUtils

from . import functions, layers
from .merge import Document


class _NamesZips(BaseDeployStep):
    """Stands where chalice would build packages."""

    def handle_deploymentpackage(self, config: Any, resource: models.DeploymentPackage) -> None:
        resource.filename = "./deployment.zip"

    def handle_lambdalayer(self, config: Any, resource: models.LambdaLayer) -> None:
        resource.deployment_package.filename = "./layer-deployment.zip"


class _Principals:
    """The services that may assume a role or call a function; of ours none has another name in China."""

    def service_principal(self, service: str) -> str:
        return f"{service}.amazonaws.com"


def template(root: Path, document: Document) -> Document:
    """The merged SAM template of the app at `root`."""
    factory = CLIFactory(str(root), environ={"AWS_DEFAULT_REGION": "us-east-1"})
    config = factory.create_config_obj(functions.STAGE)
    functions.lined(source.name for source in config.chalice_app.event_sources)
    steps = [
        deployer.InjectDefaults(), _NamesZips(),
        deployer.PolicyGenerator(policy_gen=None, osutils=OSUtils()),  # type: ignore[arg-type]  # nothing is generated
        deployer.SwaggerBuilder(swagger_generator=CFNSwaggerGenerator()),
        deployer.LambdaEventSourcePolicyInjector(),
    ]  # fmt: skip
    builder = ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), BuildStage(steps=steps))
    generator = SAMTemplateGenerator(config, _Principals())  # type: ignore[arg-type]  # of the options only this is asked
    made = generator.generate(builder.construct_resources(config, functions.STAGE))
    merged: Document = json.loads(json.dumps(TemplateDeepMerger().merge(document, made)))
    return layers.added(merged, functions.FUNCTIONS)
