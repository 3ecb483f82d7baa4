"""ScenesPlanned -> SceneGenerated, one row per scene."""
