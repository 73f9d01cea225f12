"""Pictures of a scene: cameras, a person and equipment as surfaces, a still room, and the film of it all."""
