"""Pose, EMG and physio as a model gets to see them: as text or as a plot."""
