#!/bin/sh
yes "{}"
